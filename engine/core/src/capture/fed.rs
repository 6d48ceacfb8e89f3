//! How does a caller hand frames over that it read itself?

use super::FrameRef;

/// Frames of a caller, copied into one buffer for each batch.
#[derive(Default)]
pub struct FedFrames {
    buffer: Vec<u8>,
    waiting: Vec<FrameRef>,
    given: usize,
    over: bool,
}

impl FedFrames {
    /// Begin a new batch; frames of the one before are gone.
    pub fn begin(&mut self) {
        self.buffer.clear();
        self.waiting.clear();
        self.given = 0;
    }

    /// Add a frame to the batch.
    pub fn push(&mut self, at_ns: i64, linktype: u32, data: &[u8], wire_len: usize) {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(data);
        self.waiting.push(FrameRef { at_ns, start, len: data.len(), wire_len: wire_len.max(data.len()), linktype });
    }

    /// No more batches come.
    pub fn end(&mut self) {
        self.over = true;
    }

    /// True when nothing waits and nothing more comes.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.over && self.given == self.waiting.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn read(&mut self, batch: &mut Vec<FrameRef>, max: usize) {
        let end = self.waiting.len().min(self.given + max);
        batch.extend_from_slice(&self.waiting[self.given..end]);
        self.given = end;
    }
}
