//! The native engine as a Python extension module: plain values in, batches of plain tuples out, the GIL released
//! while it works. `sensor/engine/native.py` makes the seam's types of them.

use std::borrow::Cow;
use std::fs::File;
use std::net::IpAddr;
use std::sync::Arc;

use minewatch_engine::capture::ring::{BlockFrames, Link};
use minewatch_engine::capture::{OpenError, Source};
use minewatch_engine::flow::key::Seed;
use minewatch_engine::limits::{BehaviourLimits, SECOND_NS};
use minewatch_engine::{AddressEntry, CloseCause, Direction, Event, FiveTuple, Limits, Reason, Session, Traffic};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use sha3::{Digest, Keccak256};

/// Number of the agreement with `sensor/engine/native.py`: raised with every change of what goes between them.
const SEAM: u32 = 7;

/// A compiled program, shared by sessions.
#[pyclass(frozen)]
struct Program {
    inner: Arc<minewatch_engine::Program>,
}

#[pymethods]
impl Program {
    /// Anchors; name suffixes; exact names; networks with their ports; first lengths of client and server; limits by
    /// name; limits of behaviour by name, where that is recorded.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "the parts of a program")]
    fn new(
        py: Python<'_>,
        anchors: Vec<Vec<u8>>,
        suffixes: Vec<String>,
        names: Vec<String>,
        addresses: Vec<(String, Vec<u16>)>,
        shapes: Vec<(u16, u16)>,
        limits: &Bound<'_, PyDict>,
        behaviour: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let limits = Limits { behaviour: behaviour.map(read_behaviour).transpose()?, ..read_limits(limits)? };
        let compile = || {
            let addresses: Vec<AddressEntry> =
                addresses.into_iter().map(|(network, ports)| AddressEntry { network, ports }).collect();
            let program = minewatch_engine::Program::new(&anchors, &suffixes, &names, &addresses, limits)?;
            Ok::<_, minewatch_engine::ProgramError>(program.with_shapes(&shapes))
        };
        let inner = py.detach(compile).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { inner: Arc::new(inner) })
    }
}

/// One run over one source.
#[pyclass]
struct EngineSession {
    inner: Session,
    block: BlockFrames,
}

#[pymethods]
impl EngineSession {
    /// A run over a capture file (`path`), or over frames that are fed (`path` is None). `seed`: 32 random bytes.
    #[new]
    fn new(py: Python<'_>, program: &Program, path: Option<String>, seed: [u8; 32]) -> PyResult<Self> {
        let source = match path {
            Some(path) => py.detach(|| Source::open(File::open(path)?)).map_err(|error| open_error(&error))?,
            None => Source::fed(),
        };
        let inner = Session::new(Arc::clone(&program.inner), source, Seed::new(&seed));
        Ok(Self { inner, block: BlockFrames::default() })
    }

    /// Work on up to `max_packets` frames: a list of event tuples, or None at the end.
    fn read<'py>(&mut self, py: Python<'py>, max_packets: usize) -> PyResult<Option<Vec<Bound<'py, PyTuple>>>> {
        let events = py.detach(|| self.inner.read(max_packets));
        events.map(|events| events.into_iter().map(|event| as_tuple(py, event)).collect()).transpose()
    }

    /// Hand frames over as (`at_ns`, linktype, data, `wire_len`); those of the call before are gone.
    fn feed(&mut self, frames: Vec<(i64, u32, Bound<'_, PyBytes>, usize)>) {
        if let Some(fed) = self.inner.source_mut().feed() {
            fed.begin();
            for (at_ns, linktype, data, wire_len) in frames {
                fed.push(at_ns, linktype, data.as_bytes(), wire_len);
            }
        }
    }

    /// No more frames come.
    fn end_feed(&mut self) {
        self.inner.source_mut().end_feed();
    }

    /// Look into a block of a `TPACKET_V3` ring that the kernel has handed over: frames to work on, outgoing ones left
    /// out, merged ones, time of the last one. `memory` stays the caller's, who must keep it as it is until
    /// `read_block` has answered that nothing is left.
    fn begin_block(
        &mut self,
        memory: &Bound<'_, PyAny>,
        linktype: u32,
        is_loopback: bool,
        max_frame_bytes: usize,
    ) -> PyResult<(u64, u64, u64, i64)> {
        let mut buffer = PyBuffer::<u8>::get(memory)?;
        let link = Link { linktype, is_loopback, max_frame_bytes };
        // No detaching: it takes microseconds, and nobody else may write meanwhile.
        let found = self.block.begin(bytes_of(&mut buffer)?, link);
        let tally = found.map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        Ok((tally.frames, tally.outgoing, tally.merged, tally.last_ns))
    }

    /// Work on up to `max_packets` frames of the block begun last: a list of event tuples, and the frames left.
    fn read_block<'py>(
        &mut self,
        py: Python<'py>,
        memory: &Bound<'py, PyAny>,
        max_packets: usize,
    ) -> PyResult<(Vec<Bound<'py, PyTuple>>, usize)> {
        let mut buffer = PyBuffer::<u8>::get(memory)?;
        let bytes: &[u8] = bytes_of(&mut buffer)?;
        let events = py.detach(|| self.inner.read_block(bytes, self.block.next(max_packets)));
        let rows = events.into_iter().map(|event| as_tuple(py, event)).collect::<PyResult<_>>()?;
        Ok((rows, self.block.left()))
    }

    /// Time passed without a packet.
    fn pass_time(&mut self, now_ns: i64) {
        self.inner.pass_time(now_ns);
    }

    /// Look for something else from here on.
    #[pyo3(name = "use")]
    fn use_program(&mut self, py: Python<'_>, program: &Program) {
        let program = Arc::clone(&program.inner);
        py.detach(|| self.inner.use_program(program));
    }

    /// Stop following a flow.
    #[pyo3(name = "drop")]
    fn drop_flow(&mut self, flow_id: u64) {
        self.inner.drop_flow(flow_id);
    }

    /// Counters, in the order of `sensor.engine.limits.Counters`, then the bytes of the flow table.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let c = self.inner.counters();
        let rows = [
            c.packets,
            c.bytes,
            c.undecoded_packets,
            c.fragments,
            c.reassembled_packets,
            c.expired_partials,
            c.evicted_partials,
            c.overlapped_partials,
            c.refused_fragments,
            c.flows,
            c.flows_live,
            c.evicted_flows,
            c.candidates,
            c.unfollowed_candidates,
            c.anchors_hit,
            c.names_hit,
            c.shapes_hit,
            c.addresses_hit,
            c.quic_initials,
            c.shed_quic,
            c.shed_quic_names,
            c.quic_hellos,
            c.expired_quic,
            c.evicted_quic,
            c.quic_bytes,
            c.lost_bytes,
            c.shed_heads,
            c.held_bytes,
            c.fragment_bytes,
            c.recorded_flows,
            c.unrecorded_flows,
            c.busy_flows,
            c.table_bytes,
        ];
        PyTuple::new(py, rows)
    }

    /// What ended the reading early, or None.
    #[getter]
    fn damage(&self) -> Option<String> {
        self.inner.source().damage().map(str::to_owned)
    }

    /// Stored bytes read so far.
    #[getter]
    fn position(&self) -> u64 {
        self.inner.source().position()
    }
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SEAM", SEAM)?;
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Program>()?;
    module.add_class::<EngineSession>()?;
    module.add_function(wrap_pyfunction!(keccak_256, module)?)
}

/// Keccak with 256 bits of output and its first padding: a library for Python takes longer to load than a capture to read.
#[pyfunction]
fn keccak_256(data: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(Keccak256::digest(data).to_vec())
}

/// The bytes of a buffer that may be written.
fn bytes_of(buffer: &mut PyBuffer<u8>) -> PyResult<&mut [u8]> {
    if buffer.readonly() || !buffer.is_c_contiguous() {
        return Err(PyBufferError::new_err("a block has to be writable and in one piece"));
    }
    let (start, len) = (buffer.buf_ptr().cast::<u8>(), buffer.len_bytes());
    if start.is_null() {
        return Ok(&mut []);
    }
    // SAFETY: Python keeps `len` bytes at `start` alive and in place while `buffer` lives. The block was handed over by
    // the kernel and belongs to this session's one reader until that gives it back; see `begin_block`.
    Ok(unsafe { std::slice::from_raw_parts_mut(start, len) })
}

fn open_error(error: &OpenError) -> PyErr {
    match error {
        OpenError::Io(error) => PyOSError::new_err(error.to_string()),
        OpenError::NotACapture(_) => PyValueError::new_err(error.to_string()),
    }
}

fn read_limits(given: &Bound<'_, PyDict>) -> PyResult<Limits> {
    let size = |name: &str| required(given, name)?.extract::<usize>();
    let seconds = |name: &str| required(given, name)?.extract::<i64>();
    let timeout = |name: &str| required(given, name)?.extract::<f64>().map(as_ns);
    let switch = |name: &str| required(given, name)?.extract::<bool>();
    Ok(Limits {
        head_bytes: size("head_bytes")?,
        max_flows: size("max_flows")?,
        idle_timeout_ns: timeout("idle_timeout_s")?,
        active_timeout_ns: timeout("active_timeout_s")?.max(1),
        max_gap_bytes: size("max_gap_bytes")?,
        max_held_bytes: size("max_held_bytes")?,
        max_followed: size("max_followed")?,
        max_learned: size("max_learned")?,
        max_learned_ttl_s: seconds("max_learned_ttl_s")?,
        min_learned_ttl_s: seconds("min_learned_ttl_s")?,
        max_layers: size("max_layers")?,
        max_partials: size("max_partials")?,
        max_partial_spans: size("max_partial_spans")?,
        max_partial_bytes: size("max_partial_bytes")?,
        max_fragment_bytes: size("max_fragment_bytes")?,
        fragment_timeout_ns: timeout("fragment_timeout_s")?,
        max_quic_per_s: size("max_quic_per_s")?,
        max_quic_named_per_s: size("max_quic_named_per_s")?,
        max_quic_hellos: size("max_quic_hellos")?,
        max_quic_bytes: size("max_quic_bytes")?,
        quic_timeout_ns: timeout("quic_timeout_s")?,
        flow_key_vlan: switch("flow_key_vlan")?,
        flow_key_tunnel: switch("flow_key_tunnel")?,
        behaviour: None,
    })
}

fn read_behaviour(given: &Bound<'_, PyDict>) -> PyResult<BehaviourLimits> {
    Ok(BehaviourLimits {
        max_records: required(given, "max_records")?.extract()?,
        after_ns: as_ns(required(given, "after_s")?.extract()?),
        interval_s: required(given, "interval_s")?.extract()?,
        min_messages: required(given, "min_messages")?.extract()?,
    })
}

fn required<'py>(given: &Bound<'py, PyDict>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    given.get_item(name)?.ok_or_else(|| PyValueError::new_err(format!("limits lack {name}")))
}

/// Seconds as nanoseconds; what is beyond 292 years is never reached.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "saturates, as meant")]
fn as_ns(seconds: f64) -> i64 {
    (seconds * SECOND_NS as f64) as i64
}

fn as_tuple<'py>(py: Python<'py>, event: Event) -> PyResult<Bound<'py, PyTuple>> {
    match event {
        Event::Candidate { flow_id, five_tuple, first_seen_ns, at_ns, reason, detail, handshake_seen } => {
            let detail = PyBytes::new(py, &detail);
            (0_u8, flow_id, ends(py, five_tuple), first_seen_ns, at_ns, reason_name(reason), detail, handshake_seen)
                .into_pyobject(py)
        }
        Event::Chunk { flow_id, direction, at_ns, data, gap } => {
            (1_u8, flow_id, direction == Direction::Resp, at_ns, PyBytes::new(py, &data), gap).into_pyobject(py)
        }
        Event::Updated { flow_id, at_ns, traffic } => (2_u8, flow_id, at_ns, counts(traffic)).into_pyobject(py),
        Event::Closed { flow_id, at_ns, cause, traffic } => {
            (3_u8, flow_id, at_ns, cause_name(cause), counts(traffic)).into_pyobject(py)
        }
        Event::Quic { five_tuple, at_ns, hello } => {
            (6_u8, ends(py, five_tuple), at_ns, PyBytes::new(py, &hello)).into_pyobject(py)
        }
        Event::Dns { five_tuple, at_ns, payload } => {
            (4_u8, ends(py, five_tuple), at_ns, PyBytes::new(py, &payload)).into_pyobject(py)
        }
        Event::Behaviour {
            flow_id,
            five_tuple,
            first_seen_ns,
            at_ns,
            handshake_seen,
            traffic,
            messages,
            total,
            server,
        } => {
            let told = (PyBytes::new(py, &messages), total, server == Direction::Resp);
            (5_u8, flow_id, ends(py, five_tuple), first_seen_ns, at_ns, handshake_seen, counts(traffic), told)
                .into_pyobject(py)
        }
    }
}

/// Packed addresses, ports, and true for TCP.
type Ends<'py> = (Bound<'py, PyBytes>, u16, Bound<'py, PyBytes>, u16, bool);

fn ends(py: Python<'_>, five_tuple: FiveTuple) -> Ends<'_> {
    let FiveTuple { orig, resp, tcp } = five_tuple;
    (packed(py, orig.0), orig.1, packed(py, resp.0), resp.1, tcp)
}

fn packed(py: Python<'_>, address: IpAddr) -> Bound<'_, PyBytes> {
    match address {
        IpAddr::V4(four) => PyBytes::new(py, &four.octets()),
        IpAddr::V6(six) => PyBytes::new(py, &six.octets()),
    }
}

fn counts(traffic: Traffic) -> (u64, u64, u64, u64) {
    let Traffic { packets, bytes } = traffic;
    (packets[0], packets[1], bytes[0], bytes[1])
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Anchor => "anchor",
        Reason::Name => "name",
        Reason::Shape => "shape",
        Reason::Address => "address",
        Reason::Learned => "learned",
    }
}

fn cause_name(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Fin => "fin",
        CloseCause::Rst => "rst",
        CloseCause::Idle => "idle",
        CloseCause::Reused => "reused",
        CloseCause::Evicted => "evicted",
        CloseCause::Dropped => "dropped",
        CloseCause::End => "end",
    }
}
