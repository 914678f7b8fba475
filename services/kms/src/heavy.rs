//! Computation that takes long: beside the threads that serve calls, and a bounded number at once.
//!
//! RSA is the only slow algorithm here. Making a key takes 0.1 to some seconds. Using a private key
//! takes 0.35 ms for 2048 bits, 1 ms for 3072 and 2 ms for 4096. The first is no longer than handing
//! it to another thread and back costs other calls under load, and stays where it is; the others
//! would hold up the calls behind them.

use crate::KmsError;
use crate::api::types::KeySpec;
use kernel::{Call, Failure};
use std::sync::{Arc, OnceLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Makes a slow key: at most half the processors at once, so that many callers do not fill the machine.
///
/// # Errors
/// The server's failure.
pub(crate) async fn generation<T: Send + 'static>(
    call: &mut Call,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, KmsError> {
    static PLACES: OnceLock<Arc<Semaphore>> = OnceLock::new();
    let places = PLACES.get_or_init(|| places(processors() / 2));
    beside(call, place(places).await?, work).await
}

/// Uses a private key: in place where that is quick, or else beside, as many at once as there are processors.
///
/// # Errors
/// The server's failure.
pub(crate) async fn private_key<T: Send + 'static>(
    call: &mut Call,
    spec: KeySpec,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, KmsError> {
    static PLACES: OnceLock<Arc<Semaphore>> = OnceLock::new();
    if !matches!(spec, KeySpec::Rsa3072 | KeySpec::Rsa4096) {
        return Ok(work());
    }
    let places = PLACES.get_or_init(|| places(processors()));
    beside(call, place(places).await?, work).await
}

/// The work keeps its place until it ends, also where its caller does not wait for it any more.
async fn beside<T: Send + 'static>(
    call: &mut Call,
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, KmsError> {
    let work = move || {
        let made = work();
        drop(place);
        made
    };
    Ok(call.offload(work).await?)
}

async fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, KmsError> {
    Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(|error| KmsError::Failure(Failure::internal(&error)))
}

fn places(number: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(number.max(1)))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
