//! The option bits of `sp_sync_domain` and `sp_remove_domain`. An unknown bit is refused, so
//! that a number from another version or another argument cannot pass for an option.

use crate::domain::Www;
use crate::status::Status;

/// Options of `sp_sync_domain` and `sp_remove_domain`, to be combined with `|`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// `www.` goes along with a registrable domain (by the public-suffix list) that does not start with www.
    SP_WWW_AUTO = 0,
    /// `www.` goes along with every domain that does not start with www. Not with `SP_WWW_NEVER`.
    SP_WWW_ALWAYS = 1,
    /// Only the name itself. Not with `SP_WWW_ALWAYS`.
    SP_WWW_NEVER = 2,
    /// AutoSSL is not asked for.
    SP_NO_AUTOSSL = 4,
    /// Says what would be done; nothing is written and no lock is taken.
    SP_DRY_RUN = 8,
}

/// The same, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which companion comes or goes along.
    pub www: Www,
    /// Whether AutoSSL is to be enabled where it can be.
    pub autossl: bool,
    /// Only plan.
    pub dry_run: bool,
}

impl Options {
    /// Reads the bits; an unknown or contradictory one is `SP_ERR_INVALID_ARGUMENT`.
    pub fn parse(bits: u32) -> Result<Options, Status> {
        let has = |flag: Flag| bits & flag as u32 != 0;
        let known = Flag::SP_WWW_ALWAYS as u32
            | Flag::SP_WWW_NEVER as u32
            | Flag::SP_NO_AUTOSSL as u32
            | Flag::SP_DRY_RUN as u32;
        let www = match (has(Flag::SP_WWW_ALWAYS), has(Flag::SP_WWW_NEVER)) {
            _ if bits & !known != 0 => return Err(Status::SP_ERR_INVALID_ARGUMENT),
            (true, true) => return Err(Status::SP_ERR_INVALID_ARGUMENT),
            (true, false) => Www::Always,
            (false, true) => Www::Never,
            (false, false) => Www::Auto,
        };
        Ok(Options {
            www,
            autossl: !has(Flag::SP_NO_AUTOSSL),
            dry_run: has(Flag::SP_DRY_RUN),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_contrary_bits_are_refused() {
        for bits in 0..64u32 {
            let valid = bits < 16 && bits & 3 != 3;
            assert_eq!(Options::parse(bits).is_ok(), valid, "{bits}");
        }
        assert!(Options::parse(1 << 31).is_err());
        assert_eq!(
            Options::parse(2 | 4 | 8),
            Ok(Options {
                www: Www::Never,
                autossl: false,
                dry_run: true
            })
        );
    }
}
