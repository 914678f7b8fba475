//! Where randomness comes from.

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The provider's generator, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom(());

impl SystemRandom {
    /// The generator.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }
}

impl Random for SystemRandom {
    /// Ends the process where the operating system gives no randomness: no key, token or nonce may
    /// be made then.
    fn fill(&self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            std::process::abort();
        }
    }
}

/// A generator that repeats for the same seed. For tests only: its output is no secret.
#[cfg(feature = "testing")]
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: std::sync::atomic::AtomicU64,
}

#[cfg(feature = "testing")]
impl SeededRandom {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            blocks: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

#[cfg(feature = "testing")]
impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(32) {
            let block = self
                .blocks
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let bytes = crate::hmac_sha256(&self.seed.to_be_bytes(), &block.to_be_bytes());
            part.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(random: &dyn Random) -> [u8; 48] {
        let mut bytes = [0; 48];
        random.fill(&mut bytes);
        bytes
    }

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        let seeded = SeededRandom::new(7);
        let first = draw(&seeded);
        assert_ne!(first, draw(&seeded));
        assert_eq!(first, draw(&SeededRandom::new(7)));
        assert_ne!(first, draw(&SeededRandom::new(8)));
        assert_ne!(draw(&SystemRandom::new()), draw(&SystemRandom::new()));
    }
}
