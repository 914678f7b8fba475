//! A connection's deadlines. hyper's own header timeout also ends connections that
//! merely idle, so the deadlines are kept here, below it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The longest time from a request's first byte to the end of its headers.
pub(crate) const HEADERS: Duration = Duration::from_secs(10);
/// The longest time between two requests.
pub(crate) const IDLE: Duration = Duration::from_secs(75);
/// The longest time in which a client takes nothing of a response.
pub(crate) const STALL: Duration = Duration::from_secs(30);

/// What a connection does just now; shared by its stream and its requests.
#[derive(Debug, Clone)]
pub(crate) struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    requests: usize,
    // A head is on its way. Only HTTP/1: frames of HTTP/2 that are not requests are no head.
    reading_head: bool,
    http2: bool,
    since: Instant,
}

impl Activity {
    /// A connection that was just made: its first request must come like a head.
    pub(crate) fn new() -> Self {
        let state = State {
            requests: 0,
            reading_head: true,
            http2: false,
            since: Instant::now(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins, until the answer is dropped.
    pub(crate) fn begin(&self, http2: bool) -> Busy {
        let mut state = self.lock();
        state.requests += 1;
        state.reading_head = false;
        state.http2 = http2;
        drop(state);
        Busy(self.clone())
    }

    /// Bytes came in.
    fn received(&self) {
        let mut state = self.lock();
        if state.requests == 0 && !state.reading_head && !state.http2 {
            state.reading_head = true;
            state.since = Instant::now();
        }
    }

    /// Since when the client has been waited for; `None` while it is answered.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.requests == 0).then_some(state.since)
    }

    /// When the connection has waited too long; `None` while it answers.
    fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        let patience = if state.reading_head { HEADERS } else { IDLE };
        (state.requests == 0).then(|| state.since + patience)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.requests = state.requests.saturating_sub(1);
        state.since = Instant::now();
    }
}

/// A stream that fails when its connection's deadlines pass.
pub(crate) struct Watched<S> {
    stream: S,
    activity: Activity,
    reading: Timer,
    writing: Timer,
}

#[derive(Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Whether the time has come; else wakes the task when it does.
    fn expired(&mut self, deadline: Instant, context: &mut Context<'_>) -> bool {
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(context).is_ready()
    }
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, activity: Activity) -> Self {
        Self {
            stream,
            activity,
            reading: Timer::default(),
            writing: Timer::default(),
        }
    }

    fn wrote<T>(
        &mut self,
        outcome: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.writing.0 = None;
            return outcome;
        }
        let deadline = self
            .writing
            .0
            .as_ref()
            .map_or_else(|| Instant::now() + STALL, |sleep| sleep.deadline());
        if self.writing.expired(deadline, context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Pending => {}
            ready => {
                if buffer.filled().len() > before {
                    this.activity.received();
                }
                return ready;
            }
        }
        match this.activity.deadline() {
            Some(deadline) if this.reading.expired(deadline, context) => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.wrote(outcome, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.wrote(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_flush(context);
        this.wrote(outcome, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_shutdown(context);
        this.wrote(outcome, context)
    }
}
