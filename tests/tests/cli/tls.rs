//! TLS of the server itself: clients that trust its authority get in, and a certificate is replaced while it serves.

use crate::{
    access::until,
    told::{finish, over},
};
use khata_tests::{Server, binary::khata};
use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
        version::{TLS12, TLS13},
    },
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name)
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(fixture(name)).unwrap()
}

/// Puts one of the fixtures' certificates into the place of the server's.
fn show(place: &Path, name: &str) -> [String; 2] {
    ["pem", "key"].map(|kind| {
        let file = place.join("server").with_extension(kind);
        fs::copy(fixture(name).with_extension(kind), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file.to_str().unwrap().to_owned()
    })
}

/// What a client comes to: the certificate that it was shown, the version, the protocol, and the answer to a request.
struct Met {
    shown: CertificateDer<'static>,
    version: ProtocolVersion,
    protocol: Vec<u8>,
    answer: String,
}

fn meet(address: SocketAddr, versions: &[&'static SupportedProtocolVersion]) -> std::io::Result<Met> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate("ca.pem")).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (_, session) = stream.get_ref();
        Ok(Met {
            shown: session.peer_certificates().unwrap()[0].clone().into_owned(),
            version: session.protocol_version().unwrap(),
            protocol: session.alpn_protocol().unwrap_or_default().to_vec(),
            answer,
        })
    })
}

#[test]
fn a_server_speaks_tls_and_a_new_certificate_is_shown_after_sighup() {
    let place = tempfile::tempdir().unwrap();
    let [pem, key] = show(place.path(), "one");
    let server = Server::start_with(&place.path().join("data"), &["--tls-cert", &pem, "--tls-key", &key]);
    let address = server.address();
    for (version, named) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let met = meet(address, &[version]).unwrap();
        assert_eq!((met.version, met.protocol.as_slice()), (named, &b"http/1.1"[..]));
        assert!(met.answer.starts_with("HTTP/1.1 200 OK\r\n"), "{}", met.answer);
        assert!(met.answer.contains("strict-transport-security: max-age=31536000"), "{}", met.answer);
        assert_eq!(met.shown, certificate("one.pem"));
    }
    show(place.path(), "two");
    assert_eq!(meet(address, &[&TLS13]).unwrap().shown, certificate("one.pem"), "not before it is told to");
    server.signal("HUP");
    until(|| meet(address, &[&TLS13]).unwrap().shown == certificate("two.pem"));

    fs::copy(fixture("one.pem"), &pem).unwrap();
    server.signal("HUP");
    until(|| server.log().contains("what was in use stays in use"));
    assert_eq!(meet(address, &[&TLS13]).unwrap().shown, certificate("two.pem"), "the key is another one's");
    server.stop();
}

#[test]
fn whoever_speaks_no_tls_is_not_answered_and_holds_nobody_up() {
    let place = tempfile::tempdir().unwrap();
    let [pem, key] = show(place.path(), "one");
    let server = Server::start_with(&place.path().join("data"), &["--tls-cert", &pem, "--tls-key", &key]);
    let silent: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(server.address()).unwrap()).collect();
    let plain = server.client().send(&khata_tests::Request::get("/healthz"));
    assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status != 200));
    assert!(meet(server.address(), &[&TLS13]).unwrap().answer.starts_with("HTTP/1.1 200"));
    drop(silent);
    server.stop();
}

#[test]
fn commands_reach_a_server_under_tls_by_the_certificates_that_the_system_trusts() {
    let place = tempfile::tempdir().unwrap();
    let [pem, key] = show(place.path(), "one");
    let data = place.path().join("data");
    let server = Server::start_with(&data, &["--tls-cert", &pem, "--tls-key", &key]);
    over(&data, &["projections", "list"]).well();
    let url = format!("https://localhost:{}", server.address().port());
    let asked = |trusted: &str| {
        let mut command = khata(["projections", "list", "--url", &url]);
        finish(command.env("SSL_CERT_FILE", fixture(trusted)).env_remove("SSL_CERT_DIR"))
    };
    asked("ca.pem").well();
    asked("two.pem").failed(1, "cannot be reached");
    server.stop();
}

#[test]
fn a_certificate_that_cannot_be_used_keeps_the_server_from_starting() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let [pem, key] = show(place.path(), "one");
    let serve =
        |arguments: &[&str]| over(&data, &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    serve(&["--tls-cert", &pem]).failed(2, "--tls-key");
    fs::copy(fixture("two.pem"), &pem).unwrap();
    serve(&["--tls-cert", &pem, "--tls-key", &key]).failed(1, "cannot be used with the key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    serve(&["--tls-cert", &pem, "--tls-key", &key]).failed(1, "0644");
    fs::write(&pem, "no certificate").unwrap();
    serve(&["--tls-cert", &pem, "--tls-key", &key]).failed(1, "holds no certificate");
    assert!(!data.exists(), "nothing was made");
}
