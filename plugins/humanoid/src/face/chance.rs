//! Chance that a frame can ask for without knowing the frames before it: every number is a hash of seed, stream and
//! index, and sequences of irregular events are laid out epoch by epoch.

use kinema_core::Seed;

/// One named source of chance of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    seed: Seed,
    id: u64,
}

impl Stream {
    /// The stream `id` of the person with this seed.
    pub fn new(seed: Seed, id: u64) -> Self {
        Self { seed, id }
    }

    /// The generator that belongs to the event `index`.
    pub fn draw(self, index: i64) -> Seed {
        let index = index.cast_unsigned().wrapping_mul(0xE703_7ED1_A0B4_28DB);
        Seed(self.seed.0 ^ self.id.wrapping_mul(0xA076_1D64_78BD_642F) ^ index)
    }

    /// The `index`-th number in 0..1.
    pub fn unit(self, index: i64) -> f64 {
        f64::from(self.draw(index).unit_f32())
    }
}

/// Events at irregular times whose intervals follow a log-normal distribution, as most intervals of behaviour do.
///
/// Time is cut into epochs of [`Renewal::PER_EPOCH`] intervals. Those of one epoch are drawn together and scaled to fill
/// it, so that any moment needs only its own epoch. The scaling makes counts a little more regular than chance would.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Renewal {
    /// Mean interval, seconds, above 0.
    pub mean_secs: f64,
    /// Standard deviation of the interval's natural logarithm.
    pub log_sigma: f64,
}

/// One interval between two events; the event is at its start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Counts through all epochs.
    pub index: i64,
    /// Seconds.
    pub start_secs: f64,
    /// Seconds.
    pub end_secs: f64,
}

impl Renewal {
    /// Intervals that are drawn together.
    pub const PER_EPOCH: usize = 16;

    /// The interval that holds `seconds`.
    pub fn at(&self, stream: Stream, seconds: f64) -> Interval {
        let epoch = ((seconds - self.phase_secs(stream)) / self.epoch_secs()).floor() as i64;
        let starts = self.starts(stream, epoch);
        let after = starts.partition_point(|&start| start <= seconds).clamp(1, Self::PER_EPOCH);
        Self::interval(epoch, &starts, after - 1)
    }

    /// The interval before `interval`.
    pub fn before(&self, stream: Stream, interval: Interval) -> Interval {
        let index = interval.index.wrapping_sub(1);
        let (count, of) = (Self::PER_EPOCH as i64, index.rem_euclid(Self::PER_EPOCH as i64));
        let epoch = index.div_euclid(count);
        Self::interval(epoch, &self.starts(stream, epoch), usize::try_from(of).unwrap_or(0))
    }

    fn interval(epoch: i64, starts: &[f64], place: usize) -> Interval {
        let at = |place: usize| starts.get(place).copied().unwrap_or(0.0);
        let index = epoch.wrapping_mul(Self::PER_EPOCH as i64).wrapping_add(place as i64);
        Interval { index, start_secs: at(place), end_secs: at(place + 1) }
    }

    fn epoch_secs(&self) -> f64 {
        self.mean_secs * Self::PER_EPOCH as f64
    }

    /// Where the first epoch begins, so that people with other seeds are in another place of theirs.
    fn phase_secs(&self, stream: Stream) -> f64 {
        -stream.unit(i64::MIN) * self.epoch_secs()
    }

    /// The starts of an epoch's intervals, and its end.
    fn starts(&self, stream: Stream, epoch: i64) -> [f64; Self::PER_EPOCH + 1] {
        let mut chance = stream.draw(epoch);
        let mut starts = [0.0; Self::PER_EPOCH + 1];
        let mut sum = 0.0;
        for start in starts.iter_mut().skip(1) {
            sum += (self.log_sigma * f64::from(chance.normal())).exp();
            *start = sum;
        }
        let first = epoch as f64 * self.epoch_secs() + self.phase_secs(stream);
        starts.map(|start| first + start / sum * self.epoch_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_follow_each_other_and_are_found_from_any_moment_inside() {
        let renewal = Renewal { mean_secs: 0.7, log_sigma: 0.5 };
        let stream = Stream::new(Seed(9), 4);
        let mut last = renewal.at(stream, -30.0);
        assert!((last.start_secs..last.end_secs).contains(&-30.0));
        for step in -29_990..30_000 {
            let seconds = f64::from(step) / 1000.0;
            let now = renewal.at(stream, seconds);
            assert!(now.start_secs <= seconds + 1e-9 && seconds < now.end_secs + 1e-9, "{seconds}: {now:?}");
            if now.index != last.index {
                assert_eq!(renewal.before(stream, now).index, last.index);
                assert!((now.start_secs - last.end_secs).abs() < 1e-9);
                assert_eq!(now.index, last.index + 1);
            }
            last = now;
        }
    }

    #[test]
    fn intervals_have_the_mean_and_the_spread_that_were_asked_for() {
        let renewal = Renewal { mean_secs: 2.0, log_sigma: 0.55 };
        let stream = Stream::new(Seed(2), 1);
        let mut logs = Vec::new();
        let mut interval = renewal.at(stream, 8000.0);
        for _ in 0..4000 {
            logs.push((interval.end_secs - interval.start_secs).ln());
            interval = renewal.before(stream, interval);
        }
        assert!((interval.start_secs - 0.0).abs() < 60.0, "4000 intervals of 2 s are 8000 s: {interval:?}");
        let mean = logs.iter().sum::<f64>() / 4000.0;
        let sigma = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 4000.0).sqrt();
        let skew = logs.iter().map(|log| ((log - mean) / sigma).powi(3)).sum::<f64>() / 4000.0;
        assert!((sigma - 0.55).abs() < 0.05 && skew.abs() < 0.2, "sigma {sigma}, skew of the logarithm {skew}");
    }

    #[test]
    fn streams_and_indices_are_unrelated() {
        let mut seen: Vec<u64> = Vec::new();
        for id in 0..20 {
            for index in -20..20 {
                seen.push(Stream::new(Seed(3), id).draw(index).next_u64());
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 800);
    }
}
