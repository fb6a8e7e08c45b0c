//! What DNS says of a name: to everybody, and to this machine, whose /etc/hosts may say something
//! else. Must not let the second pass for the first: a customer's DNS is judged by what visitors get.

use std::net::SocketAddr;
use std::time::Instant;

use serde::Serialize;

use crate::dns::{Addresses, Failure, Resolver};

/// The two views for the length of one call.
pub(in crate::operations) struct Lookup {
    here: Resolver,
    public: Resolver,
}

impl Lookup {
    /// Over these name servers, or the system's where none is given.
    pub(in crate::operations) fn new(servers: &[SocketAddr]) -> Lookup {
        Lookup {
            here: Resolver::of_this_machine(servers),
            public: Resolver::of_the_network(servers),
        }
    }

    /// The addresses that this machine connects to. Where they are not `from_hosts`, they are
    /// those of public DNS as well, and nobody has to be asked again.
    pub(in crate::operations) async fn here(&self, name: &str, until: Instant) -> Addresses {
        self.here.addresses(name, until).await
    }

    /// The addresses that visitors connect to.
    pub(in crate::operations) async fn public(&self, name: &str, until: Instant) -> Addresses {
        self.public.addresses(name, until).await
    }

    /// The name servers, for records that no hosts file holds.
    pub(in crate::operations) fn name_servers(&self) -> &Resolver {
        &self.public
    }
}

/// What public DNS says of a name (`dns` in a check's document).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DnsState {
    /// At least one address, of either family.
    Found,
    NoSuchName,
    /// The name exists, and has an address of neither family.
    NoAddress,
    /// Nothing is known: no answer, no usable one, or one that leaves a family open.
    Failed,
}

impl From<&Addresses> for DnsState {
    fn from(addresses: &Addresses) -> DnsState {
        match addresses.failure() {
            None => DnsState::Found,
            Some(Failure::NoSuchName) => DnsState::NoSuchName,
            Some(Failure::NoRecord) => DnsState::NoAddress,
            Some(Failure::NoAnswer | Failure::TimedOut) => DnsState::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name is taken out of the app on the word "no_such_name" or "no_address", so neither is
    /// said while one family is not known.
    #[test]
    fn one_familys_silence_is_no_answer_for_both() {
        let found = Ok(vec![[192, 0, 2, 1].into()]);
        for (four, six, state) in [
            (found.clone(), Err(Failure::NoRecord), DnsState::Found),
            (found.clone(), Err(Failure::TimedOut), DnsState::Found),
            (Err(Failure::NoAnswer), found.clone(), DnsState::Found),
            (
                Err(Failure::NoRecord),
                Err(Failure::NoRecord),
                DnsState::NoAddress,
            ),
            (
                Err(Failure::NoSuchName),
                Err(Failure::NoSuchName),
                DnsState::NoSuchName,
            ),
            (
                Err(Failure::NoRecord),
                Err(Failure::TimedOut),
                DnsState::Failed,
            ),
            (
                Err(Failure::TimedOut),
                Err(Failure::NoRecord),
                DnsState::Failed,
            ),
            (
                Err(Failure::NoRecord),
                Err(Failure::NoAnswer),
                DnsState::Failed,
            ),
            (
                Err(Failure::NoAnswer),
                Err(Failure::NoRecord),
                DnsState::Failed,
            ),
            (
                Err(Failure::NoSuchName),
                Err(Failure::NoAnswer),
                DnsState::Failed,
            ),
            (
                Err(Failure::TimedOut),
                Err(Failure::NoSuchName),
                DnsState::Failed,
            ),
        ] {
            let addresses = Addresses {
                four: four.clone(),
                six: six.clone(),
                from_hosts: false,
            };
            assert_eq!(DnsState::from(&addresses), state, "{four:?} {six:?}");
        }
    }
}
