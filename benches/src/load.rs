//! The load: keep-alive connections of HTTP/1.1, each with one request under way.

use crate::process::processor;
use anyhow::{Context, bail};
use bytes::Bytes;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What is sent, and for how long it is measured.
pub(crate) struct Load {
    /// The requests of each connection.
    pub(crate) connections: Vec<Vec<Bytes>>,
    /// Whether they are sent again from the start; else the measurement ends with them.
    pub(crate) cycle: bool,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Answers in a second.
    pub(crate) rate: f64,
    /// Server processor time of an answer, in microseconds.
    pub(crate) processor: f64,
    /// Milliseconds within which 99 of 100 answers came.
    pub(crate) slow: f64,
    /// Answers with a status other than 200, and the first one.
    pub(crate) failures: u64,
    pub(crate) first_failure: Option<String>,
}

#[derive(Default)]
struct Count {
    answers: Cell<u64>,
    failures: Cell<u64>,
    first_failure: RefCell<Option<String>>,
    running: Cell<usize>,
    stop: Cell<bool>,
    times: RefCell<Vec<u32>>,
}

impl Load {
    /// Sends the load from one thread of its own, and measures the server meanwhile.
    pub(crate) fn run(self, address: SocketAddr, server: u32) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        LocalSet::new().block_on(&runtime, self.measure(address, server))
    }

    async fn measure(self, address: SocketAddr, server: u32) -> anyhow::Result<Outcome> {
        let count = Rc::new(Count::default());
        count.running.set(self.connections.len());
        for requests in self.connections {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (count, cycle) = (Rc::clone(&count), self.cycle);
            tokio::task::spawn_local(async move {
                if let Err(error) = connection(stream, &requests, cycle, &count).await {
                    count.failed(format!("{error:#}"));
                }
                count.running.set(count.running.get() - 1);
            });
        }
        wait(&count, self.warm_up).await;
        let (answers, used, begin) = (count.answers.get(), processor(server)?, Instant::now());
        count.times.borrow_mut().clear();
        wait(&count, self.window).await;
        let answers = count.answers.get() - answers;
        let (used, took) = (processor(server)? - used, begin.elapsed().as_secs_f64());
        count.stop.set(true);
        let mut times = count.times.take();
        times.sort_unstable();
        let slow = times
            .get(times.len() * 99 / 100)
            .copied()
            .unwrap_or_default();
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let answered = answers as f64;
        Ok(Outcome {
            rate: answered / took,
            processor: used * 1e6 / answered.max(1.0),
            slow: f64::from(slow) / 1e3,
            failures: count.failures.get(),
            first_failure: count.first_failure.take(),
        })
    }
}

impl Count {
    fn failed(&self, what: String) {
        self.failures.set(self.failures.get() + 1);
        self.first_failure.borrow_mut().get_or_insert(what);
    }
}

/// Waits a while, or until every connection has ended.
async fn wait(count: &Count, time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end && count.running.get() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn connection(
    mut stream: TcpStream,
    requests: &[Bytes],
    cycle: bool,
    count: &Count,
) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(8192);
    loop {
        for request in requests {
            if count.stop.get() {
                return Ok(());
            }
            let begin = Instant::now();
            stream.write_all(request).await?;
            buffer.clear();
            let length = answer(&mut stream, &mut buffer).await?;
            if !buffer.starts_with(b"HTTP/1.1 200") {
                count.failed(
                    String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned(),
                );
            }
            count.answers.set(count.answers.get() + 1);
            let micros = u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX);
            count.times.borrow_mut().push(micros);
        }
        if !cycle {
            return Ok(());
        }
    }
}

/// Reads one answer whole.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<usize> {
    let mut end = None;
    loop {
        if end.is_none()
            && let Some(head) = memchr::memmem::find(buffer, b"\r\n\r\n")
        {
            end = Some(head + 4 + content_length(buffer.get(..head).unwrap_or_default())?);
        }
        if let Some(end) = end.filter(|end| buffer.len() >= *end) {
            return Ok(end);
        }
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let name = b"ontent-";
    // Servers differ in the case of the names.
    let digits = memchr::memmem::find_iter(head, name)
        .filter_map(|at| head.get(at + name.len()..))
        .find_map(|rest| {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            length.eq_ignore_ascii_case(b"length: ").then_some(rest)
        })
        .context("an answer without a length")?;
    let end = memchr::memchr(b'\r', digits).unwrap_or(digits.len());
    Ok(std::str::from_utf8(digits.get(..end).unwrap_or_default())?.parse()?)
}
