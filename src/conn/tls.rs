//! Whom a TLS connection trusts and who it says we are: `--cacert`,
//! `--tls-cert`, `--tls-key` and `--insecure`.
//!
//! A company's Redis often has a certificate of the company's own authority,
//! and a Redis set up by its manual asks clients for a certificate too
//! (`tls-auth-clients` is on by default).

use crate::error::{Error, Result};
use catalog::lang::Text;
use catalog::text;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// How a TLS connection is made. By default the server's certificate has to
/// come from a public authority, and we show none of our own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of the authorities to trust instead of the public ones, PEM.
    authorities: Option<Arc<[u8]>>,
    /// Our own certificate and its private key, PEM.
    identity: Option<(Arc<[u8]>, Arc<[u8]>)>,
    /// Trust any certificate.
    insecure: bool,
}

impl fmt::Debug for Tls {
    /// Says what is there without showing it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("authorities", &self.authorities.is_some())
            .field("identity", &self.identity.is_some())
            .field("insecure", &self.insecure)
            .finish()
    }
}

impl Tls {
    /// Reads the files that the options name.
    ///
    /// # Errors
    /// A usage error when a file cannot be read or holds no certificate or key.
    pub fn read(
        cacert: Option<&Path>,
        identity: Option<(&Path, &Path)>,
        insecure: bool,
    ) -> Result<Tls> {
        let authorities = match cacert {
            Some(path) => Some(read_certificates(path)?),
            None => None,
        };
        let identity = match identity {
            Some((certificate, key)) => Some((read_certificates(certificate)?, read_key(key)?)),
            None => None,
        };
        Ok(Tls {
            authorities,
            identity,
            insecure,
        })
    }

    /// Whether nothing was asked for.
    pub fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    /// Whether any certificate is trusted.
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }

    pub(super) fn with_insecure(mut self, insecure: bool) -> Tls {
        self.insecure |= insecure;
        self
    }

    /// The same as the `redis` crate takes it.
    pub(super) fn certificates(&self) -> redis::TlsCertificates {
        redis::TlsCertificates {
            client_tls: self
                .identity
                .as_ref()
                .map(|(certificate, key)| redis::ClientTlsConfig {
                    client_cert: certificate.to_vec(),
                    client_key: key.to_vec(),
                }),
            root_cert: self.authorities.as_ref().map(|pem| pem.to_vec()),
        }
    }

    /// The configuration of a connection.
    ///
    /// # Errors
    /// When the certificates that were given are none.
    pub fn config(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?;
        let builder = if self.insecure {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        } else if let Some(pem) = &self.authorities {
            let given = certificates_of(pem)?;
            let usual = WebPkiServerVerifier::builder_with_provider(
                Arc::new(self.roots()?),
                provider.clone(),
            );
            let usual = usual
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Given { usual, given }))
        } else {
            builder.with_root_certificates(self.roots()?)
        };
        match &self.identity {
            None => Ok(builder.with_no_client_auth()),
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| rustls::Error::General(error.to_string()))?;
                let key = PrivateKeyDer::from_pem_slice(key)
                    .map_err(|error| rustls::Error::General(error.to_string()))?;
                builder.with_client_auth_cert(chain, key)
            }
        }
    }

    fn roots(&self) -> Result<RootCertStore, rustls::Error> {
        let Some(pem) = &self.authorities else {
            let public = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
            return Ok(RootCertStore::from_iter(public));
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates_of(pem)? {
            roots.add(certificate)?;
        }
        Ok(roots)
    }
}

fn certificates_of(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::Error> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| rustls::Error::General(error.to_string()))
}

fn read_certificates(path: &Path) -> Result<Arc<[u8]>> {
    let pem = read_file(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match all {
        Ok(certificates) if !certificates.is_empty() => Ok(pem.into()),
        _ => Err(no_pem(
            path,
            "-----BEGIN CERTIFICATE-----",
            &text!("certificate", "certyfikatu"),
        )),
    }
}

fn read_key(path: &Path) -> Result<Arc<[u8]>> {
    let pem = read_file(path)?;
    match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(_) => Ok(pem.into()),
        Err(_) => Err(no_pem(
            path,
            "-----BEGIN PRIVATE KEY-----",
            &text!("private key", "klucza prywatnego"),
        )),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let path = path.display();
        Error::usage(text!("cannot read {path}", "nie można odczytać {path}")).because(&error)
    })
}

fn no_pem(path: &Path, begin: &str, what: &Text) -> Error {
    let path = path.display();
    Error::usage(Text::in_each(|lang| {
        let what = what.pick(lang);
        text!(
            lang,
            "{path} holds no {what} in PEM form",
            "w {path} nie ma {what} w formacie PEM",
        )
    }))
    .hint(text!(
        "such a file has the line {begin}",
        "taki plik ma wiersz {begin}"
    ))
}

/// Trusts what the given authorities have signed, and a given certificate
/// itself where the server shows it: one that signed itself has no other
/// authority, is often made as one, and often names no host. Nobody else has
/// its key.
#[derive(Debug)]
struct Given {
    usual: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        use rustls::CertificateError as Wrong;
        match &verified {
            // Over is over.
            Err(rustls::Error::InvalidCertificate(
                Wrong::Expired
                | Wrong::ExpiredContext { .. }
                | Wrong::NotValidYet
                | Wrong::NotValidYetContext { .. },
            )) => verified,
            Err(_) if self.given.contains(end_entity) => Ok(ServerCertVerified::assertion()),
            _ => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Trusts every certificate, and still checks that the other side holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
