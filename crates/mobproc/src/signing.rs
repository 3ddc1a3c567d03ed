//! A key of the caller's, by which it is known who saved an order.

use std::fmt;

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use crate::error::Error;

/// The shortest key that is taken, in bytes.
const SHORTEST: usize = 16;

/// A key to sign with.
#[derive(Clone)]
pub(crate) struct SigningKey(SecretSlice<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    pub(crate) fn new(key: Vec<u8>) -> Result<Self, Error> {
        if key.len() < SHORTEST {
            return Err(Error::configuration(format!(
                "the signing key has fewer than {SHORTEST} bytes"
            )));
        }
        Ok(Self(key.into()))
    }

    fn over(&self, text: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac
    }

    /// The signature of a text, in hexadecimal digits.
    pub(crate) fn sign(&self, text: &str) -> String {
        let bytes = self.over(text).finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it is the signature of a text. How long that takes tells nothing.
    pub(crate) fn is_signature(&self, signature: &str, text: &str) -> bool {
        let digits = signature.as_bytes();
        let bytes: Option<Vec<u8>> = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        digits.len().is_multiple_of(2)
            && bytes.is_some_and(|bytes| self.over(text).verify_slice(&bytes).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::SigningKey;

    #[test]
    fn only_the_same_key_and_text_make_the_signature() {
        let key = SigningKey::new(b"0123456789abcdef".to_vec()).unwrap();
        let other = SigningKey::new(b"0123456789abcdeg".to_vec()).unwrap();
        let signature = key.sign("text");
        assert_eq!(signature.len(), 64);
        assert!(key.is_signature(&signature, "text"));
        assert!(!key.is_signature(&signature, "texu"));
        assert!(!other.is_signature(&signature, "text"));
        for broken in ["", "0", "zz", &signature[..62], "+1"] {
            assert!(!key.is_signature(broken, "text"), "{broken}");
        }
        assert!(SigningKey::new(vec![0; 15]).is_err());
        assert_eq!(format!("{key:?}"), "SigningKey");
    }
}
