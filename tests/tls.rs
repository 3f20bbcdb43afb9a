//! A Redis behind TLS with a certificate of a private authority, as companies
//! have it: with the right certificates everything works, with the wrong ones
//! the message says what to give.

#![cfg(unix)]

mod lab;
mod needs;

use lab::{ForeignServer, Lab};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::path::{Path, PathBuf};

/// An authority, and certificates of the server and of a client.
struct Certificates {
    dir: tempfile::TempDir,
}

impl Certificates {
    fn make() -> Certificates {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let key = KeyPair::generate().expect("a key");
        let mut params = named("the authority", Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("a certificate");
        write(dir.path(), "ca", &authority.pem(), &key);
        let issuer = Issuer::new(params, key);
        for (name, hosts) in [
            (
                "server",
                vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            ),
            ("client", vec!["a client".to_owned()]),
        ] {
            let key = KeyPair::generate().expect("a key");
            let params = named(name, hosts);
            let certificate = params.signed_by(&key, &issuer).expect("a certificate");
            write(dir.path(), name, &certificate.pem(), &key);
        }
        Certificates { dir }
    }

    fn path(&self, file: &str) -> String {
        self.dir.path().join(file).display().to_string()
    }
}

fn named(name: &str, hosts: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn write(dir: &Path, name: &str, certificate: &str, key: &KeyPair) {
    let file = |ending: &str| -> PathBuf { dir.join(format!("{name}.{ending}")) };
    fs::write(file("crt"), certificate).expect("written");
    fs::write(file("key"), key.serialize_pem()).expect("written");
}

/// A server whose certificate has signed itself, in the ways that people make
/// such ones: as an authority or not, for a host or for none.
#[test]
fn a_certificate_that_signed_itself_is_trusted_when_given() {
    if !needs::installed("TLS to a real server", &["redis-server"]) {
        return;
    }
    let certificates = Certificates::make();
    for (is_authority, host) in [(true, "localhost"), (true, ""), (false, "localhost")] {
        let key = KeyPair::generate().expect("a key");
        let hosts = Some(host.to_owned()).filter(|host| !host.is_empty());
        let mut params = named("redis", hosts.into_iter().collect());
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let own = params.self_signed(&key).expect("a certificate");
        write(certificates.dir.path(), "own", &own.pem(), &key);
        let port = needs::free_port();
        let _server = ForeignServer::with(&[
            "--bind",
            "127.0.0.1",
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &certificates.path("own.crt"),
            "--tls-key-file",
            &certificates.path("own.key"),
            "--tls-auth-clients",
            "no",
        ]);
        let url = format!("rediss://localhost:{port}");
        let given = certificates.path("own.crt");
        Lab::new(&["repl", "--url", &url, "--cacert", &given, "--", "PING"])
            .run()
            .exits(0)
            .says("PONG");
        // Another one is not.
        let other = certificates.path("ca.crt");
        Lab::new(&["repl", "--url", &url, "--cacert", &other, "--", "PING"])
            .run()
            .exits(4)
            .complains("no TLS connection");
    }
}

/// A real server with TLS; `None` where there is none to start.
fn tls_server(certificates: &Certificates, auth_clients: &str) -> Option<(ForeignServer, u16)> {
    if !needs::installed("TLS to a real server", &["redis-server"]) {
        return None;
    }
    let port = needs::free_port();
    let server = ForeignServer::with(&[
        "--bind",
        "127.0.0.1",
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &certificates.path("server.crt"),
        "--tls-key-file",
        &certificates.path("server.key"),
        "--tls-ca-cert-file",
        &certificates.path("ca.crt"),
        "--tls-auth-clients",
        auth_clients,
    ]);
    Some((server, port))
}

#[test]
fn a_private_authority_is_trusted_when_named() {
    let certificates = Certificates::make();
    let Some((_server, port)) = tls_server(&certificates, "no") else {
        return;
    };
    let url = format!("rediss://localhost:{port}");
    let ca = certificates.path("ca.crt");
    // Our own connections, those of the `redis` crate (demos, jobs), the shell.
    for command in ["lists", "thumbnail"] {
        Lab::new(&[command, "--no-pause", "--url", &url, "--cacert", &ca])
            .run()
            .exits(0);
    }
    Lab::new(&["repl", "--url", &url, "--cacert", &ca, "--", "PING"])
        .run()
        .exits(0)
        .says("PONG");
    Lab::new(&[
        "pubsub",
        "--publish",
        "news",
        "x",
        "--url",
        &url,
        "--insecure",
    ])
    .run()
    .exits(0)
    .says("received by 0");
    let insecure = format!("{url}/#insecure");
    Lab::new(&["lists", "--no-pause", "--url", &insecure])
        .run()
        .exits(0);
    for (lang, words) in [
        ("en", "no TLS connection to localhost"),
        ("pl", "przez TLS"),
    ] {
        Lab::new(&["lists", "--url", &url, "--lang", lang])
            .run()
            .exits(4)
            .complains(words)
            .complains("--cacert");
    }
}

#[test]
fn a_server_that_asks_for_a_certificate_gets_one() {
    let certificates = Certificates::make();
    let Some((_server, port)) = tls_server(&certificates, "yes") else {
        return;
    };
    let url = format!("rediss://127.0.0.1:{port}");
    let ca = certificates.path("ca.crt");
    let (own, key) = (
        certificates.path("client.crt"),
        certificates.path("client.key"),
    );
    let args = ["lists", "--no-pause", "--url", &url, "--cacert", &ca];
    let identity = ["--tls-cert", own.as_str(), "--tls-key", key.as_str()];
    Lab::new(&[&args[..], &identity[..]].concat())
        .run()
        .exits(0);
    Lab::new(&args)
        .run()
        .exits(4)
        .complains("CertificateRequired")
        .complains("--tls-cert");
}

#[test]
fn wrong_tls_options_are_named() {
    let certificates = Certificates::make();
    let (ca, key) = (certificates.path("ca.crt"), certificates.path("ca.key"));
    let url = "rediss://localhost:1";
    let refused = |args: &[&str]| Lab::new(&[&["lists"], args].concat()).run().exits(2);
    refused(&["--cacert", &ca]).complains("--url");
    refused(&["--cacert", &ca, "--url", "redis://localhost:1"]).complains("rediss://");
    refused(&["--cacert", "/nowhere/ca.crt", "--url", url]).complains("/nowhere/ca.crt");
    refused(&["--cacert", &key, "--url", url]).complains("BEGIN CERTIFICATE");
    refused(&["--tls-cert", &ca, "--url", url]).complains("--tls-key");
    refused(&["--tls-cert", &ca, "--tls-key", &ca, "--url", url]).complains("PRIVATE KEY");
    refused(&["--cacert", &ca, "--insecure", "--url", url]).complains("--insecure");
}
