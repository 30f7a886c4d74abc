"""Certificates for TLS on one machine: an authority of our own and what it signs, made once and kept with the data.

They are for trying things out. A server that others reach has certificates of an authority that others know.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = timedelta(days=365)
_RENEWED_BEFORE = timedelta(days=7)
_CLOCKS_DIFFER = timedelta(minutes=5)
_LOOPBACK = ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The files: of the authority that clients trust, and of the server for 127.0.0.1 and its names."""

    authority: Path
    certificate: Path
    key: Path


def certificates_in(folder: Path, names: Sequence[str] = ("localhost",)) -> Certificates:
    """Return the certificates in ``folder`` for a server of these names.

    They are made when missing, and anew a week before they end.
    """
    found = Certificates(authority=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key")
    if not _still_valid(found):
        folder.mkdir(parents=True, exist_ok=True)
        _make(found, names)
    return found


def _still_valid(found: Certificates) -> bool:
    if not all(file.exists() for file in (found.authority, found.certificate, found.key)):
        return False
    until = x509.load_pem_x509_certificate(found.certificate.read_bytes()).not_valid_after_utc
    return until - _RENEWED_BEFORE > datetime.now(UTC)


def _make(files: Certificates, names: Sequence[str]) -> None:
    """The authority's key is forgotten at once: it signs this one certificate and nothing else."""
    now = datetime.now(UTC)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ours = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Practice Exchange on this machine")])
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])

    def begun(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ours)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCKS_DIFFER)
            .not_valid_after(now + VALID_FOR)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    authority = (
        begun(ours, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    alternatives = x509.SubjectAlternativeName([*map(x509.DNSName, names), x509.IPAddress(_LOOPBACK)])
    server = (
        begun(named, key.public_key())
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    files.authority.write_bytes(authority.public_bytes(form))
    files.certificate.write_bytes(server.public_bytes(form))
    plain = serialization.NoEncryption()
    with os.fdopen(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
