//! TLS fixtures: certificates, TLS servers and name servers, all on loopback. What a healthy network
//! cannot show is made by hand; what rustls cannot serve is served by the openssl command.
#![allow(dead_code)] // Each test program uses a part of it.

pub mod cases;
pub mod names;
pub mod servers;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
    SanType, SignatureAlgorithm, date_time_ymd,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub const DAY: i64 = 86_400;

pub type Ca = CertifiedIssuer<'static, KeyPair>;

/// Unix seconds.
pub fn now() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(now.as_secs()).expect("a clock before the end of time")
}

/// A certificate with the chain it is served with.
#[derive(Clone)]
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key_der: Vec<u8>,
}

impl Identity {
    pub fn certified(&self) -> Arc<CertifiedKey> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key_der.clone()));
        let key = serverpilot::crypto::provider()
            .key_provider
            .load_private_key(key)
            .expect("a key rustls can use");
        Arc::new(CertifiedKey::new(self.chain.clone(), key))
    }

    pub fn with_chain<'a>(
        mut self,
        above: impl IntoIterator<Item = &'a CertificateDer<'static>>,
    ) -> Identity {
        self.chain.truncate(1);
        self.chain.extend(above.into_iter().cloned());
        self
    }
}

/// What is to be issued; healthy until it is changed.
pub struct Wish {
    pub params: CertificateParams,
    pub key: KeyPair,
}

/// A healthy certificate for these names: 90 days and an hour, a third of them gone.
pub fn wish(names: &[&str]) -> Wish {
    wish_for(names, KeyPair::generate().expect("a key"))
}

pub fn wish_of_kind(names: &[&str], algorithm: &'static SignatureAlgorithm) -> Wish {
    wish_for(names, KeyPair::generate_for(algorithm).expect("a key"))
}

/// ring, with which rcgen works here, makes no RSA keys.
pub fn wish_rsa(names: &[&str], bits: u32) -> Wish {
    let mut generate = Command::new("openssl");
    let length = format!("rsa_keygen_bits:{bits}");
    generate.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", &length]);
    let pem = String::from_utf8(run(&mut generate)).expect("PEM");
    wish_for(names, KeyPair::from_pem(&pem).expect("a key"))
}

fn wish_for(names: &[&str], key: KeyPair) -> Wish {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let common = names.first().copied().unwrap_or("nameless.example.org");
    params.distinguished_name.push(DnType::CommonName, common);
    params.subject_alt_names = names
        .iter()
        .map(|name| SanType::DnsName((*name).try_into().expect("ASCII")))
        .collect();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Wish { params, key }.valid(-30 * DAY, 60 * DAY + 3600)
}

impl Wish {
    /// From and to, in seconds from now.
    pub fn valid(mut self, from: i64, to: i64) -> Wish {
        let epoch = date_time_ymd(1970, 1, 1);
        let at = |seconds: i64| {
            epoch + Duration::from_secs(u64::try_from(now() + seconds).expect("after 1970"))
        };
        (self.params.not_before, self.params.not_after) = (at(from), at(to));
        self
    }

    pub fn change(mut self, change: impl FnOnce(&mut CertificateParams)) -> Wish {
        change(&mut self.params);
        self
    }

    pub fn signed_by(self, ca: &Ca) -> Identity {
        let leaf = self.params.signed_by(&self.key, ca).expect("a certificate");
        Identity {
            chain: vec![leaf.der().clone()],
            key_der: self.key.serialize_der(),
        }
    }

    pub fn self_signed(self) -> Identity {
        let leaf = self.params.self_signed(&self.key).expect("a certificate");
        Identity {
            chain: vec![leaf.der().clone()],
            key_der: self.key.serialize_der(),
        }
    }
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

pub fn root(name: &str) -> Ca {
    CertifiedIssuer::self_signed(ca_params(name), KeyPair::generate().expect("a key"))
        .expect("a root")
}

pub fn intermediate(name: &str, above: &Ca) -> Ca {
    intermediate_with(name, above, |_| {})
}

pub fn intermediate_with(
    name: &str,
    above: &Ca,
    change: impl FnOnce(&mut CertificateParams),
) -> Ca {
    let mut params = ca_params(name);
    change(&mut params);
    CertifiedIssuer::signed_by(params, KeyPair::generate().expect("a key"), above)
        .expect("an intermediate")
}

/// Only names below this one.
pub fn constrained_to(parent: &str) -> Option<NameConstraints> {
    Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(parent.to_owned())],
        excluded_subtrees: Vec::new(),
    })
}

pub fn extension(oid: &[u64], content: Vec<u8>, critical: bool) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, content);
    extension.set_criticality(critical);
    extension
}

/// A trusted root with an intermediate, and a folder for what goes through files.
pub struct TlsFixtures {
    pub dir: tempfile::TempDir,
    pub root: Ca,
    pub intermediate: Ca,
    /// What the library is told to trust.
    pub ca_file: PathBuf,
}

impl TlsFixtures {
    pub fn open() -> TlsFixtures {
        let dir = tempfile::Builder::new()
            .prefix("fixtures-")
            .tempdir()
            .expect("a folder");
        let root = root("Fixture Root");
        let intermediate = intermediate("Fixture Intermediate", &root);
        let ca_file = dir.path().join("ca.pem");
        std::fs::write(&ca_file, root.pem()).expect("a file");
        TlsFixtures {
            dir,
            root,
            intermediate,
            ca_file,
        }
    }

    /// Issued by the intermediate, and served with it.
    pub fn issue(&self, wish: Wish) -> Identity {
        wish.signed_by(&self.intermediate)
            .with_chain([self.intermediate.der()])
    }

    pub fn healthy(&self, names: &[&str]) -> Identity {
        self.issue(wish(names))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// The root as files, for openssl.
    pub fn root_files(&self) -> (PathBuf, PathBuf) {
        let key = self.root.key().serialize_pem();
        (
            self.write("root.pem", &self.root.pem()),
            self.write("root.key", &key),
        )
    }

    /// A certificate that rcgen does not make: a key of any size and a signature with any hash,
    /// below a CA in files. Returns its own two files.
    pub fn by_openssl(
        &self,
        (ca, ca_key): &(PathBuf, PathBuf),
        label: &str,
        host: &str,
        key: &[&str],
        hash: &str,
        extensions: Option<&str>,
    ) -> (PathBuf, PathBuf) {
        let key_file = self.path(&format!("{label}.key"));
        let request = self.path(&format!("{label}.csr"));
        let certificate = self.path(&format!("{label}.pem"));
        let mut generate = Command::new("openssl");
        generate.arg("genpkey").args(key).arg("-out").arg(&key_file);
        run(&mut generate);
        let mut ask = Command::new("openssl");
        ask.args([
            "req",
            "-new",
            "-sha256",
            "-subj",
            &format!("/CN={host}"),
            "-key",
        ])
        .arg(&key_file);
        run(ask.arg("-out").arg(&request));
        let mut sign = Command::new("openssl");
        sign.args([
            "x509",
            "-req",
            "-days",
            "60",
            "-set_serial",
            "77",
            hash,
            "-in",
        ])
        .arg(&request);
        sign.arg("-CA")
            .arg(ca)
            .arg("-CAkey")
            .arg(ca_key)
            .arg("-out")
            .arg(&certificate);
        if let Some(extensions) = extensions {
            let file = self.write(&format!("{label}.ext"), extensions);
            sign.arg("-extfile").arg(file);
        }
        run(&mut sign);
        (certificate, key_file)
    }

    /// The same as an identity, for the servers of our own.
    pub fn identity_of(&self, files: &(PathBuf, PathBuf)) -> Identity {
        let key = PrivateKeyDer::from_pem_file(&files.1).expect("a key");
        Identity {
            chain: self.certificates_of(files),
            key_der: key.secret_der().to_vec(),
        }
    }

    pub fn certificates_of(&self, files: &(PathBuf, PathBuf)) -> Vec<CertificateDer<'static>> {
        let all = CertificateDer::pem_file_iter(&files.0).expect("PEM");
        all.map(|one| one.expect("a certificate")).collect()
    }
}

/// What the command writes.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("the openssl command");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A PEM file of these certificates.
pub fn pem(chain: &[CertificateDer<'static>]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for certificate in chain {
        let _ = write!(
            text,
            "-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n",
            lines(certificate)
        );
    }
    text
}

/// Base64 in lines of 64 characters (RFC 7468, section 2). A blank line would make OpenSSL skip
/// the certificate.
fn lines(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    lines.join("\n") + "\n"
}

/// What `openssl s_client` thinks of a server, with the same roots: true where it verifies.
pub fn openssl_agrees(ca_file: &Path, address: std::net::SocketAddr, host: &str) -> bool {
    let mut command = Command::new("openssl");
    command
        .args([
            "s_client",
            "-brief",
            "-verify_return_error",
            "-verify_hostname",
            host,
        ])
        .args([
            "-servername",
            host,
            "-connect",
            &address.to_string(),
            "-CAfile",
        ])
        .arg(ca_file)
        .stdin(std::process::Stdio::null());
    command
        .output()
        .expect("the openssl command")
        .status
        .success()
}

/// The key of an identity as PEM.
pub fn key_pem(identity: &Identity) -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n",
        lines(&identity.key_der)
    )
}
