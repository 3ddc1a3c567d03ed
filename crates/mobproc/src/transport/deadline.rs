//! A body that leaves in time or not at all.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::clock::Clock;
use crate::error::TooLate;

/// The body of a write that must not leave after a time.
///
/// It is asked for once the connection is there, which is as late as a program can look: what
/// follows is one write to the socket.
#[derive(Debug)]
pub(super) struct TimedBody {
    bytes: Option<Bytes>,
    send_by: SystemTime,
    clock: Arc<dyn Clock>,
}

impl TimedBody {
    pub(super) fn new(bytes: Bytes, send_by: SystemTime, clock: Arc<dyn Clock>) -> Self {
        Self {
            bytes: Some(bytes),
            send_by,
            clock,
        }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        if self.clock.system_time() >= self.send_by {
            return Poll::Ready(Some(Err(TooLate)));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(length as u64)
    }
}
