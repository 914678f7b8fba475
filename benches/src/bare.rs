//! The floor: a hyper server that reads a request and answers 400 bytes, on the same
//! runtime as the real server, with no work in between.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::io::Write;
use tokio::net::TcpListener;

/// About as long as the answer of `GetCallerIdentity`.
const ANSWER: Bytes = Bytes::from_static(&[b'x'; 400]);

/// Serves until it is killed. The first line of output is the address.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?)?;
        out.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                // A client that goes away is no event here.
                drop(
                    builder
                        .serve_connection(TokioIo::new(stream), service_fn(answer))
                        .await,
                );
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // The body is read, as every server must.
    drop(request.into_body().collect().await);
    Ok(Response::new(Full::new(ANSWER)))
}
