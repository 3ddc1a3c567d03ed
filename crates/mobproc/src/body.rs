//! Reading the body of an answer, no further than a limit.

use bytes::{Bytes, BytesMut};

/// Why a body was not read to its end. What had come before it goes along.
pub(crate) enum BodyError {
    /// It is larger than the limit.
    TooLarge(Bytes),
    /// The connection was lost, or it took too long.
    Lost(reqwest::Error, Bytes),
}

/// Reads a body of at most so many bytes.
pub(crate) async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, BodyError> {
    let mut body = Received::default();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) > limit => {
                return Err(BodyError::TooLarge(body.into_bytes()));
            }
            Ok(Some(chunk)) => body.push(chunk, || response.content_length()),
            Ok(None) => return Ok(body.into_bytes()),
            Err(error) => return Err(BodyError::Lost(error, body.into_bytes())),
        }
    }
}

/// Room that is made at once because a server says that it will be needed. It may say anything.
const MOST_RESERVED: usize = 1 << 20;

/// A body as it comes. Most come in one piece, which is not copied.
#[derive(Default)]
struct Received {
    first: Bytes,
    all: BytesMut,
}

impl Received {
    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    /// Adds what has come; `rest` is what is said to follow it.
    fn push(&mut self, chunk: Bytes, rest: impl FnOnce() -> Option<u64>) {
        if self.first.is_empty() {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            let rest = rest().map_or(0, |rest| usize::try_from(rest).unwrap_or(usize::MAX));
            self.all
                .reserve(self.first.len() + chunk.len() + rest.min(MOST_RESERVED));
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}
