# cython: language_level=3, binding=False, cdivision=True
"""The path of a message, compiled: see `fast`, which says what each part stands for.

Everything here has a twin in plain Python, which is what is meant: the same run, digest for digest.
What is read most often is read where it lies: the slots of a few known classes, by their offsets.
An offset holds for a class and for those made from it, and for nothing else; so each use is behind
a test of type, or the object is one that was tested when it was taken in.
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject, PyObject_Size
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.string cimport memcpy

from heapq import heappop, heappush
from types import MemberDescriptorType

cdef extern from *:
    """
    #include <structmember.h>
    """
    ctypedef struct PyMemberDef:
        Py_ssize_t offset

    ctypedef struct PyMemberDescrObject:
        PyMemberDef *d_member

    PyObject *PyList_GET_ITEM(PyObject *list, Py_ssize_t place) nogil
    void PyList_SET_ITEM(PyObject *list, Py_ssize_t place, PyObject *item) nogil
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1
    int PyList_Append(list items, object item) except -1


EDITION = 1
"""Rises with each change here that another file has to know of."""


# What stands in a slot.

cdef Py_ssize_t offset_of(object kind, str name) except -1:
    descriptor = getattr(kind, name)
    if type(descriptor) is not MemberDescriptorType:
        raise TypeError(f"found {kind.__name__}.{name} without a slot; allowed are slots")
    return (<PyMemberDescrObject *> descriptor).d_member.offset


cdef inline object held(object owner, Py_ssize_t offset):
    cdef PyObject *found = (<PyObject **> ((<char *> <PyObject *> owner) + offset))[0]
    if found == NULL:
        raise AttributeError(f"found a slot of {type(owner).__name__} that holds nothing")
    return <object> found


cdef inline void hold(object owner, Py_ssize_t offset, object value) noexcept:
    cdef PyObject **place = <PyObject **> ((<char *> <PyObject *> owner) + offset)
    cdef PyObject *old = place[0]
    Py_INCREF(value)
    place[0] = <PyObject *> value
    Py_XDECREF(old)


cdef object _MessageEntry, _RecordEntry, _Ballot
cdef Py_ssize_t _SENDER, _ENVELOPE, _MESSAGE
cdef Py_ssize_t _NOW
cdef object _LATEST_US, _require_microseconds
cdef Py_ssize_t _BUSY
cdef object _Broadcast, _Send, _Persist, _SetTimer, _Learned, _LearnEntry
cdef Py_ssize_t _TARGETS, _SENT_TO_ALL, _TARGET, _SENT, _RECORD, _SLOT, _VALUE, _BALLOT, _VOTES
cdef Py_ssize_t _TIMER, _MIN_US, _MAX_US, _CLOCK
cdef object _Node = None
cdef Py_ssize_t _IS_FAILED
cdef Py_ssize_t _BLOCK


def know_block(Py_ssize_t entries):
    """Take in how many entries are a full block."""
    global _BLOCK
    _BLOCK = entries


def know_entries(message_entry, record_entry):
    """Take in how entries of messages and of records are made."""
    global _MessageEntry, _RecordEntry, _SENDER, _ENVELOPE, _MESSAGE
    _SENDER = offset_of(message_entry, "node")
    _ENVELOPE = offset_of(message_entry, "envelope")
    _MESSAGE = offset_of(message_entry, "message")
    _MessageEntry, _RecordEntry = message_entry, record_entry


def know_world(world, latest_us, require_microseconds):
    global _NOW, _LATEST_US, _require_microseconds
    _NOW = offset_of(world, "_now")
    _LATEST_US, _require_microseconds = latest_us, require_microseconds


def know_mailbox(mailbox):
    global _BUSY
    _BUSY = offset_of(mailbox, "is_busy")


def know_effects(broadcast, send, persist, set_timer, learned, learn_entry):
    global _Broadcast, _Send, _Persist, _SetTimer, _Learned, _LearnEntry
    global _TIMER, _MIN_US, _MAX_US, _CLOCK
    global _TARGETS, _SENT_TO_ALL, _TARGET, _SENT, _RECORD, _SLOT, _VALUE, _BALLOT, _VOTES
    _TARGETS, _SENT_TO_ALL = offset_of(broadcast, "targets"), offset_of(broadcast, "message")
    _TARGET, _SENT = offset_of(send, "target"), offset_of(send, "message")
    _RECORD = offset_of(persist, "record")
    _SLOT, _VALUE = offset_of(learned, "slot"), offset_of(learned, "value")
    _BALLOT, _VOTES = offset_of(learned, "ballot"), offset_of(learned, "votes")
    _TIMER, _CLOCK = offset_of(set_timer, "timer"), offset_of(set_timer, "clock")
    _MIN_US, _MAX_US = offset_of(set_timer, "delay_us_min"), offset_of(set_timer, "delay_us_max")
    _Broadcast, _Send, _Persist, _SetTimer = broadcast, send, persist, set_timer
    _Learned, _LearnEntry = learned, learn_entry


def know_node(node):
    global _Node, _IS_FAILED
    _IS_FAILED = offset_of(node, "is_failed")
    _Node = node


# The queue of the world.

cdef object _LOWER_BITS = 2**64 - 1, _FARTHEST = 2**62

cdef struct Due:
    long long at_us
    unsigned long long number  # its lower bits
    short priority
    unsigned short rank  # of the number, what lies above them
    int place


cdef inline bint _precedes(Due *one, Due *other) noexcept nogil:
    if one.at_us != other.at_us:
        return one.at_us < other.at_us
    if one.priority != other.priority:
        return one.priority < other.priority
    if one.rank != other.rank:
        return one.rank < other.rank
    return one.number < other.number


cdef inline void _rise(Due *heap, Py_ssize_t place, Due *due) noexcept nogil:
    """Put a call where it belongs, at a place or above it."""
    cdef Py_ssize_t above
    while place > 0:
        above = (place - 1) >> 1
        if not _precedes(due, heap + above):
            break
        heap[place] = heap[above]
        place = above
    heap[place] = due[0]


@cython.final
cdef class Counter:
    """Does for the numbers of calls what `itertools.count` does, and says so in the same words."""

    cdef unsigned long long given

    def __iter__(self):
        return self

    def __next__(self):
        return self.take()

    def __repr__(self):
        return f"count({self.given})"

    cdef inline unsigned long long take(self) noexcept:
        self.given += 1
        return self.given - 1


@cython.final
cdef class Calls:
    """See `calls.Calls`: a heap of when, and beside it, at a place that stays, of what.

    What is called lies in a list, where Python's collector finds it.
    """

    cdef Due *heap
    cdef Py_ssize_t size, room
    cdef list what
    cdef int *free
    cdef Py_ssize_t free_size

    def __cinit__(self):
        self.room = 64
        self.heap = <Due *> PyMem_Malloc(self.room * sizeof(Due))
        self.free = <int *> PyMem_Malloc(self.room * sizeof(int))
        if self.heap == NULL or self.free == NULL:
            raise MemoryError
        self.what = []
        self.size = self.free_size = 0

    def __dealloc__(self):
        PyMem_Free(self.heap)
        PyMem_Free(self.free)

    def __len__(self):
        return self.size

    def __bool__(self):
        return self.size > 0

    def __getitem__(self, Py_ssize_t place):
        if not 0 <= place < self.size:
            raise IndexError(f"found place {place}; allowed are those of {self.size} calls")
        return self.call_of(self.heap + place)

    def __iter__(self):
        return iter([self[place] for place in range(self.size)])

    def push(self, tuple call):
        if len(call) != 5:
            raise TypeError(f"found {call!r} for a call")
        self.add(call[0], call[2] & _LOWER_BITS, call[2] >> 64, call[1], call[3], call[4])

    def take(self):
        """Take out the next call."""
        cdef Due first
        cdef tuple call
        if self.size == 0:
            raise IndexError("found no call to take")
        call = self.call_of(self.heap)
        first = self.pop()
        self.let_go(first.place)
        return call

    def take_back(self, tuple call):
        """Take a call out again, if it is still there."""
        cdef Py_ssize_t place
        cdef int where
        for place in range(self.size):
            if self.call_of(self.heap + place) == call:
                where = self.heap[place].place
                self.size -= 1
                if place < self.size:
                    self.heap[place] = self.heap[self.size]
                    self.sink(place)
                self.let_go(where)
                return

    def reroute(self, old, new):
        """Let all that would call one function call another."""
        cdef Py_ssize_t place
        cdef int where
        for place in range(self.size):
            where = self.heap[place].place
            if self.what[2 * where] == old:
                self.what[2 * where] = new

    def clear(self):
        self.size = self.free_size = 0
        self.what = []

    cdef tuple call_of(self, Due *due):
        return (
            due.at_us, due.priority, due.number | (<object> due.rank << 64),
            self.what[2 * due.place], self.what[2 * due.place + 1],
        )

    cdef int add(
        self,
        long long at_us,
        unsigned long long number,
        unsigned short rank,
        short priority,
        object function,
        object argument,
    ) except -1:
        cdef Due due
        cdef Py_ssize_t place = self.size
        cdef PyObject *what = <PyObject *> self.what
        if place == self.room:
            self.grow()
        if self.free_size:
            self.free_size -= 1
            due.place = self.free[self.free_size]
            _put(what, 2 * due.place, function)
            _put(what, 2 * due.place + 1, argument)
        else:
            due.place = <int> (PyList_GET_SIZE(self.what) // 2)
            PyList_Append(self.what, function)
            PyList_Append(self.what, argument)
        due.at_us, due.number, due.rank, due.priority = at_us, number, rank, priority
        self.size = place + 1
        _rise(self.heap, place, &due)
        return 0

    cdef Due pop(self):
        """Take the first one out of the heap; what it calls stays where it is."""
        cdef Due *heap = self.heap
        cdef Due first = heap[0]
        self.size -= 1
        if self.size:
            heap[0] = heap[self.size]
            self.sink(0)
        return first

    cdef void sink(self, Py_ssize_t place) noexcept:
        """Let what stands at a place sink to the bottom, and rise to where it belongs."""
        cdef Due *heap = self.heap
        cdef Due due = heap[place]
        cdef Py_ssize_t below, size = self.size
        while True:
            below = 2 * place + 1
            if below >= size:
                break
            if below + 1 < size and _precedes(heap + below + 1, heap + below):
                below += 1
            heap[place] = heap[below]
            place = below
        _rise(heap, place, &due)

    cdef int let_go(self, int place) except -1:
        """Hold no more what was called."""
        cdef list what = self.what
        _put(<PyObject *> what, 2 * place, None)
        _put(<PyObject *> what, 2 * place + 1, None)
        if what is self.what:  # whoever is let go might clear the queue
            self.free[self.free_size] = place
            self.free_size += 1
        return 0

    cdef int grow(self) except -1:
        cdef Py_ssize_t room = 2 * self.room
        cdef void *heap = PyMem_Realloc(self.heap, room * sizeof(Due))
        if heap == NULL:
            raise MemoryError
        self.heap = <Due *> heap
        cdef void *free = PyMem_Realloc(self.free, room * sizeof(int))
        if free == NULL:
            raise MemoryError
        self.free = <int *> free
        self.room = room
        return 0


cdef inline void _put(PyObject *items, Py_ssize_t place, object item) noexcept:
    """Put an item into a list, in place of another."""
    cdef PyObject *old = PyList_GET_ITEM(items, place)
    Py_INCREF(item)
    PyList_SET_ITEM(items, place, <PyObject *> item)
    Py_DECREF(<object> old)


def make_calls(world, Calls queue):
    """Make all calls of a world's queue, in order: the loop of `World.run`."""
    cdef Due due
    while queue.size:
        due = queue.pop()
        hold(world, _NOW, due.at_us)
        function = queue.what[2 * due.place]
        argument = queue.what[2 * due.place + 1]
        queue.let_go(due.place)
        if type(function) is Server:
            (<Server> function).take(argument)
        else:
            function(argument)


cdef class Timers:
    """See `timers.PlainTimers`."""

    cdef public object _world, _fire
    cdef dict due
    cdef public list _heap
    cdef list armed
    cdef Calls queue
    cdef Counter numbers

    def __init__(self, world, fire):
        self._world, self._fire = world, fire
        self.queue, self.numbers = world._queue, world._eid
        self.due, self._heap, self.armed = {}, [], []

    def set(self, timer, after_us):
        at_us = held(self._world, _NOW) + after_us
        if type(after_us) is not int or at_us > _LATEST_US:
            _require_microseconds("timer", after_us if type(after_us) is not int else at_us)
        number = self.numbers.take()
        self.due[timer] = (at_us, number)
        heappush(self._heap, (at_us, number, timer))
        if (<tuple> self._heap[0])[1] == number:
            self.arm()

    def cancel(self, timer):
        self.due.pop(timer, None)

    def close(self):
        self.due.clear()

    def _ring(self, number):
        cdef bint is_due
        armed = self.armed.pop()
        assert armed[1] == number, f"{armed} stood first, and {number} rang"
        timer = None
        is_due = bool(self._heap) and self._heap[0][1] == number and self.is_set(self._heap[0])
        if is_due:
            timer = heappop(self._heap)[2]
            del self.due[timer]
        self.arm()
        if is_due:
            self._fire(timer)

    cdef bint is_set(self, tuple first):
        """Whether a timer was neither cancelled nor set again since it came into the heap."""
        due = self.due.get(first[2])
        return due is not None and (<tuple> due)[1] == first[1]

    cdef int arm(self) except -1:
        cdef tuple first
        while self._heap and not self.is_set(self._heap[0]):
            heappop(self._heap)
        if not self._heap:
            return 0
        first = self._heap[0]
        if not self.armed or first[:2] < self.armed[-1]:
            self.armed.append(first[:2])
            self.queue.add(first[0], first[1], 0, 1, self._ring, first[1])
        return 0


# The trace.

cdef dict _names = {}, _heads = {}  # as JSON: nodes have the same names in run after run
cdef Py_ssize_t _REMEMBERED = 10_000

# The texts of commands, by where a command lies in memory: most are said again soon.
cdef list _commands = [None] * 1024, _texts = [None] * 1024
cdef dict _proposals = {}
cdef object _Command = None


@cython.final
cdef class Proposal:
    """Where a kind of message, or of record, holds its slot, its ballot and its value."""

    cdef Py_ssize_t slot, ballot, value
    cdef bytes head


def know_proposals(kinds, ballot, command):
    """Take in what consists of a slot, a ballot and a value, and nothing else."""
    global _Ballot, _Command
    cdef Proposal proposal
    for kind in kinds:
        assert kind.__struct_fields__ == ("slot", "ballot", "value"), kind
        assert kind.__struct_defaults__ == (), kind
        assert kind.__struct_config__.tag_field == "type", kind
        assert kind.__struct_config__.tag == kind.__name__, kind
        proposal = Proposal()
        proposal.slot, proposal.ballot = offset_of(kind, "slot"), offset_of(kind, "ballot")
        proposal.value = offset_of(kind, "value")
        proposal.head = b'{"type":"%s","slot":' % kind.__name__.encode()
        _proposals[kind] = proposal
    _Ballot, _Command = ballot, command


cdef class Ledger:
    """See `ledger.Ledger`.

    Where `is_direct`, what befalls messages is written as text at once, without an entry; whatever
    else waits in the block is encoded first. `lines` counts those that were written.
    """

    cdef public long long numbers
    cdef public list block
    cdef public dict observers
    cdef public object watching
    cdef public object encoder
    cdef public bint is_recording
    cdef public bint is_direct
    cdef char *text
    cdef Py_ssize_t used, room, lines

    def __cinit__(self, *_, **__):
        self.text = NULL
        self.used = self.room = self.lines = 0

    def __dealloc__(self):
        PyMem_Free(self.text)

    def encoded(self):
        """Return what was written, and what waited, as text; from then on, nothing waits."""
        self.drain()
        text = PyBytes_FromStringAndSize(self.text, self.used)
        if self.lines < _BLOCK:  # mostly the end of a run: a trace may be kept
            PyMem_Free(self.text)
            self.text = NULL
            self.room = 0
        self.used = self.lines = 0
        return text

    def take_number(self):
        self.numbers += 1
        return self.numbers - 1

    def put(self, entry):
        self.show(entry, entry.event)

    cdef int show(self, object entry, object event) except -1:
        """Let those observe an entry who observe its event, and keep it."""
        observers = self.observers.get(event)
        if observers is not None:
            for observer in <list> observers:
                observer(entry)
        if self.is_recording:
            self.keep(entry)
        return 0

    def add_record(self, at_us, node, record):
        self.record(at_us, node, record)

    def add_message(self, at_us, event, node, peer, envelope, message):
        cdef long long number = self.numbers
        self.numbers = number + 1
        if self.is_recording:
            self.keep(_MessageEntry(number, at_us, event, node, peer, envelope, message))

    cdef inline int keep(self, object entry) except -1:
        PyList_Append(self.block, entry)
        return self.flush_full()

    cdef inline int flush_full(self) except -1:
        if self.lines + PyList_GET_SIZE(self.block) >= _BLOCK:
            self.flush()
        return 0

    cdef int record(self, object at_us, object node, object record) except -1:
        cdef long long number = self.numbers
        self.numbers = number + 1
        entry = _RecordEntry(number, at_us, "durable", node, record)
        for observer in <list> self.watching[type(record)]:
            observer(entry)
        durable = self.observers.get("durable")
        if durable is not None:
            for observer in <list> durable:
                observer(entry)
        if self.is_direct:
            self.write_record(number, at_us, node, self.content_of(record))
            return self.flush_full()
        if self.is_recording:
            self.keep(entry)
        return 0

    cdef bytes content_of(self, object said):
        """Return a message, or a record, as JSON: what `encoder.encode` would, in less time for what
        names a slot, a ballot and a value, and is most of what is said.
        """
        cdef Proposal known = _proposals.get(type(said))
        cdef long long slot, round, leader
        cdef int over_slot, over_round, over_leader
        cdef bytes value
        cdef char *end
        if known is None:
            return <bytes> self.encoder.encode(said)
        slot_held, ballot = held(said, known.slot), held(said, known.ballot)
        if type(slot_held) is not int or type(ballot) is not _Ballot:
            return <bytes> self.encoder.encode(said)
        round_held, leader_held = <tuple> ballot
        if type(round_held) is not int or type(leader_held) is not int:
            return <bytes> self.encoder.encode(said)
        slot = PyLong_AsLongLongAndOverflow(slot_held, &over_slot)
        round = PyLong_AsLongLongAndOverflow(round_held, &over_round)
        leader = PyLong_AsLongLongAndOverflow(leader_held, &over_leader)
        if over_slot != 0 or over_round != 0 or over_leader != 0:
            return <bytes> self.encoder.encode(said)
        value = self.value_of(held(said, known.value))
        cdef bytes content = PyBytes_FromStringAndSize(
            NULL, len(known.head) + len(value) + 3 * 20 + 32
        )
        cdef char *start = content
        end = _write(start, known.head, len(known.head))
        end = _write_number(end, slot)
        end = _write(end, b',"ballot":[', 11)
        end = _write_number(end, round)
        end = _write(end, b',', 1)
        end = _write_number(end, leader)
        end = _write(end, b'],"value":', 10)
        end = _write(end, value, len(value))
        end = _write(end, b'}', 1)
        return content[: end - start]

    cdef bytes value_of(self, object value):
        """Return a value as JSON; of a command, for it is said often, what is remembered of it."""
        cdef Py_ssize_t place
        if type(value) is not _Command:
            return <bytes> self.encoder.encode(value)
        place = (<size_t> <PyObject *> value >> 5) & 1023
        if _commands[place] is not value:
            _texts[place] = self.encoder.encode(value)
            _commands[place] = value
        return <bytes> _texts[place]

    cdef int write_record(
        self, long long number, long long at_us, object node, bytes content
    ) except -1:
        """Write that a record is durable as a line, in order."""
        cdef bytes name = self.json_of(node)
        cdef Py_ssize_t longest = len(name) + len(content) + 2 * 20 + 64
        cdef char *end
        if PyList_GET_SIZE(self.block):
            self.drain()
        if self.used + longest > self.room:
            self.make_room(longest)
        end = self.text + self.used
        end = _write(end, b'{"n":', 5)
        end = _write_number(end, number)
        end = _write(end, b',"at_us":', 9)
        end = _write_number(end, at_us)
        end = _write(end, b',"event":"durable","node":', 26)
        end = _write(end, name, len(name))
        end = _write(end, b',"record":', 10)
        end = _write(end, content, len(content))
        end = _write(end, b'}\n', 2)
        self.used = end - self.text
        self.lines += 1
        return 0

    cdef bytes json_of(self, object name):
        """Return a node's name as JSON."""
        found = _names.get(name)
        if found is None:
            if len(_names) >= _REMEMBERED:
                _names.clear()
            found = _names[name] = self.encoder.encode(name)
        return <bytes> found

    cdef bytes head_of(self, str event, object node):
        """Return the part of a line that is alike for all that happens so at a node."""
        found = _heads.get((event, node))
        if found is None:
            if len(_heads) >= _REMEMBERED:
                _heads.clear()
            found = b',"event":"%s","node":%s,"peer":' % (event.encode(), self.json_of(node))
            _heads[event, node] = found
        return <bytes> found

    cdef int write(
        self, long long at_us, bytes head, object peer, long long envelope, bytes content
    ) except -1:
        """Write what befell a message as a line, in order, and number it."""
        cdef bytes peer_json = self.json_of(peer)
        cdef Py_ssize_t longest
        cdef char *end
        if PyList_GET_SIZE(self.block):
            self.drain()
        # Three numbers, and what stands between the parts.
        longest = len(head) + len(peer_json) + len(content) + 3 * 20 + 64
        if self.used + longest > self.room:
            self.make_room(longest)
        end = self.text + self.used
        end = _write(end, b'{"n":', 5)
        end = _write_number(end, self.numbers)
        end = _write(end, b',"at_us":', 9)
        end = _write_number(end, at_us)
        end = _write(end, head, len(head))
        end = _write(end, peer_json, len(peer_json))
        end = _write(end, b',"envelope":', 12)
        end = _write_number(end, envelope)
        end = _write(end, b',"message":', 11)
        end = _write(end, content, len(content))
        end = _write(end, b'}\n', 2)
        self.used = end - self.text
        self.lines += 1
        self.numbers += 1
        return 0

    cdef int drain(self) except -1:
        """Encode what waits in the block."""
        cdef Py_ssize_t size = PyList_GET_SIZE(self.block)
        if size == 0:
            return 0
        cdef bytes text = self.encoder.encode_lines(self.block)
        if self.used + len(text) > self.room:
            self.make_room(len(text))
        _write(self.text + self.used, text, len(text))
        self.used += len(text)
        self.lines += size
        self.block.clear()
        return 0

    cdef int make_room(self, Py_ssize_t more) except -1:
        cdef Py_ssize_t room = 2 * (self.used + more) + 65_536
        cdef void *text = PyMem_Realloc(self.text, room)
        if text == NULL:
            raise MemoryError
        self.text, self.room = <char *> text, room
        return 0


cdef inline char *_write(char *end, const char *text, Py_ssize_t size) noexcept:
    memcpy(end, text, size)
    return end + size


cdef inline char *_write_number(char *end, long long number) noexcept:
    """Write a number in decimal."""
    cdef char[20] digits
    cdef int place = 20
    cdef unsigned long long rest = number
    if number < 0:
        end[0] = c'-'
        end += 1
        rest = -rest
    while True:
        place -= 1
        digits[place] = <char> (c'0' + rest % 10)
        rest //= 10
        if rest == 0:
            break
    return _write(end, digits + place, 20 - place)


# The network.

@cython.final
cdef class Tally:
    """See `network.Tally`."""

    cdef public long long sent
    cdef public list watchers

    def __init__(self, list watchers):
        self.sent = 0
        self.watchers = watchers


cdef inline unsigned long long _mixed(unsigned long long state) noexcept nogil:
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ULL
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBULL
    return state ^ (state >> 31)


cdef unsigned long long _GOLDEN = 0x9E3779B97F4A7C15ULL


cpdef unsigned long long bits_of(
    unsigned long long root, unsigned long long stream, unsigned long long count
) noexcept:
    """See `Weather.bits`."""
    return _mixed(_mixed(root ^ stream) + (count + 1) * _GOLDEN)


cdef struct Segment:
    unsigned long long start, span, unit
    long long low_us


@cython.final
cdef class Fates:
    """Draws what `LinkGroup.fates` says, in the same integers: see `choices` and `delays`."""

    cdef Segment *segments
    cdef unsigned long long *streams
    cdef list copies
    cdef Py_ssize_t segment_count, links, kinds
    cdef unsigned long long drop_below, duplicate_below
    cdef bint drops, drops_all, doubles, doubles_all

    def __cinit__(self, tuple parts, list streams, list copies, drop_below, duplicate_below):
        starts, lows, spans, units = parts
        cdef Py_ssize_t place, kind
        self.segment_count, self.links, self.kinds = len(starts), len(streams), len(streams[0])
        self.segments = <Segment *> PyMem_Malloc(self.segment_count * sizeof(Segment))
        self.streams = <unsigned long long *> PyMem_Malloc(
            self.links * self.kinds * sizeof(unsigned long long)
        )
        if self.segments == NULL or self.streams == NULL:
            raise MemoryError
        for place in range(self.segment_count):
            self.segments[place].start = starts[place]
            self.segments[place].low_us = lows[place]
            self.segments[place].span = spans[place]
            self.segments[place].unit = units[place]
        for place in range(self.links):
            for kind in range(self.kinds):
                self.streams[place * self.kinds + kind] = streams[place][kind]
        self.copies = copies
        self.drops, self.drops_all = drop_below > 0, drop_below > _LOWER_BITS
        self.doubles, self.doubles_all = duplicate_below > 0, duplicate_below > _LOWER_BITS
        self.drop_below = drop_below & _LOWER_BITS
        self.duplicate_below = duplicate_below & _LOWER_BITS

    def __dealloc__(self):
        PyMem_Free(self.segments)
        PyMem_Free(self.streams)

    def first(self, unsigned long long root, Py_ssize_t size):
        """Return the first fates on each link, the first one last."""
        cdef Py_ssize_t link
        return [self.next(root, link, 0, size) for link in range(self.links)]

    cpdef list next(
        self, unsigned long long root, Py_ssize_t link, Py_ssize_t start, Py_ssize_t size
    ):
        """Return so many fates on a link from number `start` on, the first one last."""
        cdef unsigned long long *streams = self.streams + link * self.kinds
        cdef unsigned long long delay = _mixed(root ^ streams[0])
        cdef unsigned long long drop = _mixed(root ^ streams[1]) if self.drops else 0
        cdef unsigned long long again = (
            _mixed(root ^ streams[self.kinds - 1]) if self.doubles else 0
        )
        cdef unsigned long long step
        cdef Py_ssize_t place
        cdef long long fate
        cdef list fates = [None] * size
        for place in range(size):
            step = (<unsigned long long> (start + place) + 1) * _GOLDEN
            fate = self.delay_us(_mixed(delay + step))
            if self.doubles and (
                self.doubles_all or _mixed(again + step) < self.duplicate_below
            ):
                fate = -2 - fate
            if self.drops and (self.drops_all or _mixed(drop + step) < self.drop_below):
                fate = -1
            fates[size - 1 - place] = fate
        return fates

    cdef long long of_copy(
        self, unsigned long long root, Py_ssize_t link, unsigned long long count
    ) except -1:
        """Return how long the copy of a message that is doubled takes."""
        return self.delay_us(bits_of(root, self.copies[link], count))

    cdef inline long long delay_us(self, unsigned long long bits) noexcept:
        cdef Py_ssize_t low = 0, high = self.segment_count, middle
        cdef Segment *segment
        cdef unsigned long long share
        while high - low > 1:
            middle = (low + high) >> 1
            if self.segments[middle].start <= bits:
                low = middle
            else:
                high = middle
        segment = self.segments + low
        share = (bits - segment.start) // segment.unit
        if share > 0xFFFFFFFFULL:
            share = 0xFFFFFFFFULL
        return segment.low_us + <long long> ((segment.span * share) >> 32)


cdef class Link:
    """See `links.PlainLink`."""

    cdef public object group
    cdef public Py_ssize_t index, drawn
    cdef public list fates
    cdef public object receive, trouble

    def __init__(self, group, Py_ssize_t index, list fates):
        self.group, self.index, self.fates = group, index, fates
        self.drawn = len(fates)
        self.receive = _receive_nothing


def _receive_nothing(envelope):
    raise AssertionError(envelope)


def new_links(kind, group, list places, list listed, dict links, nobody):
    """See `links.new_links`."""
    cdef Py_ssize_t index
    cdef Link link
    for index in range(len(places)):
        source, target = places[index]
        link = kind.__new__(kind)
        link.group, link.index, link.fates = group, index, listed[index]
        link.drawn = len(link.fates)
        link.receive = nobody
        ends = links.get(source)
        if ends is None:
            ends = links[source] = {}
        ends[target] = link


def lead(dict links, dict receivers):
    """See `links.lead`."""
    for ends in links.values():
        for target, link in (<dict> ends).items():
            (<Link?> link).receive = receivers[target]


@cython.final
cdef class Office:
    """What the senders of one network share."""

    cdef object network, world, tallies
    cdef Counter numbers
    cdef Ledger trace
    cdef Calls queue
    cdef dict known
    cdef long long envelopes
    cdef bint is_slow
    cdef unsigned long long root

    def __init__(
        self, network, bint is_slow, unsigned long long root, world, Ledger trace,
        Counter numbers, Calls queue, tallies,
    ):
        self.root = root
        self.network, self.world, self.trace = network, world, trace
        self.numbers, self.queue, self.tallies = numbers, queue, tallies
        self.known = {}
        self.envelopes = 0
        self.is_slow = is_slow

    def sender(self, str source, dict links):
        return Sender(self, source, links)

    cdef Tally tally(self, object kind):
        tally = self.known.get(kind)
        if tally is None:
            tally = self.known[kind] = self.tallies[kind] = Tally(self.trace.watching[kind])
        return <Tally?> tally


@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class Parcel:
    """What the network carries: see `entries.Envelope`.

    Attributes
    ----------
    content
        The message as JSON, where that is written as text; else None.
    """

    cdef readonly object node
    cdef readonly object peer
    cdef readonly long long envelope
    cdef readonly object message
    cdef bytes content


@cython.final
cdef class Sender:
    """See `Network.sender`: the path that all messages of a node take."""

    cdef Office office
    cdef str source
    cdef dict links
    cdef bytes sent, dropped

    def __init__(self, Office office, str source, dict links):
        self.office, self.source, self.links = office, source, links
        if office.trace.is_direct:
            self.sent = office.trace.head_of("send", source)
            self.dropped = office.trace.head_of("drop", source)

    def __call__(self, targets, message):
        self.post(targets, message)

    cdef int post(self, object targets, object message) except -1:
        """Send a message to each target in turn."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        cdef Tally tally = office.tally(type(message))
        now_us = held(office.world, _NOW)
        cdef long long now = now_us, number = trace.numbers, envelope = office.envelopes
        cdef bytes content = None
        cdef Parcel parcel
        if not trace.is_recording:
            parcel = self.parcel("", 0, message, None)
            for target in targets:
                trace.numbers += 1
                tally.sent += 1
                self.carry(target, parcel, now)
            for watcher in tally.watchers:
                watcher(_MessageEntry(number, now_us, "send", self.source, "", 0, message))
            return 0

        if trace.is_direct:
            content = trace.content_of(message)
        first = None
        for target in targets:
            if first is None:
                first = target
            tally.sent += 1
            self.carry(target, self.entered(target, message, content, now_us), now)
        if first is not None:
            self.show(tally, number, now_us, first, envelope, message)
        trace.flush_full()
        return 0

    cdef int post_one(self, object target, object message) except -1:
        """Send a message to one target."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        cdef Tally tally = office.tally(type(message))
        now_us = held(office.world, _NOW)
        cdef long long number = trace.numbers, envelope = office.envelopes
        tally.sent += 1
        if not trace.is_recording:
            trace.numbers += 1
            self.carry(target, self.parcel("", 0, message, None), now_us)
            self.show(tally, number, now_us, "", 0, message)
            return 0
        content = trace.content_of(message) if trace.is_direct else None
        self.carry(target, self.entered(target, message, content, now_us), now_us)
        self.show(tally, number, now_us, target, envelope, message)
        trace.flush_full()
        return 0

    cdef inline int show(
        self, Tally tally, long long number, object now_us, object target, long long envelope,
        object message,
    ) except -1:
        """Let those watch who watch messages of this kind."""
        if tally.watchers:
            entry = _MessageEntry(number, now_us, "send", self.source, target, envelope, message)
            for watcher in tally.watchers:
                watcher(entry)
        return 0

    cdef inline Parcel parcel(self, object target, long long envelope, object message, bytes content):
        cdef Parcel parcel = Parcel.__new__(Parcel)
        parcel.node, parcel.peer, parcel.envelope = self.source, target, envelope
        parcel.message, parcel.content = message, content
        return parcel

    cdef inline Parcel entered(self, object target, object message, bytes content, object now_us):
        """Return what is to be carried, when the trace says that it was sent."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        cdef long long envelope = office.envelopes
        office.envelopes += 1
        if content is not None:
            trace.write(now_us, self.sent, target, envelope, content)
        else:
            entry = _MessageEntry(
                trace.numbers, now_us, "send", self.source, target, envelope, message
            )
            trace.numbers += 1
            PyList_Append(trace.block, entry)
        return self.parcel(target, envelope, message, content)

    cdef inline int carry(self, object target, Parcel parcel, long long now) except -1:
        """Let a parcel meet its fate."""
        cdef Office office = self.office
        cdef list fates
        cdef long long fate
        cdef Link link = self.links[target]
        fates = link.fates
        if not fates:
            fates = office.network._refill(link)
        fate = fates.pop()
        if fate < 0:
            if office.is_slow or link.trouble is not None:
                office.network._send_specially(link, parcel, fate)
                return 0
            if fate == -1:
                self.drop(target, parcel, now)
                return 0
            fate = -2 - fate
            office.queue.add(now + fate, office.numbers.take(), 0, 1, link.receive, parcel)
            fate = (<Fates?> link.group.drawn).of_copy(
                office.root, link.index, link.drawn - len(fates) - 1
            )
            office.queue.add(now + fate, office.numbers.take(), 0, 1, link.receive, parcel)
        else:
            office.queue.add(now + fate, office.numbers.take(), 0, 1, link.receive, parcel)
        return 0

    cdef int drop(self, object target, Parcel parcel, long long now) except -1:
        """Lose a parcel on a link that loses some."""
        cdef Ledger trace = self.office.trace
        if parcel.content is not None:
            trace.write(now, self.dropped, target, parcel.envelope, parcel.content)
            trace.flush_full()
        elif trace.is_recording:
            self.office.network.lose(parcel, "drop")
        else:
            trace.numbers += 1
        return 0


# The nodes.

@cython.final
cdef class Server:
    """See `Seat._serve`: lets a role have what the network delivers."""

    cdef object node, seat, name, on_message, world, mailbox, items, send, persist
    cdef dict routes, deeds
    cdef Ledger trace
    cdef Sender sender
    cdef bint keeps
    cdef bytes delivered, ignored

    def __init__(self, seat, dict deeds):
        node, mailbox, role = seat.node, seat.mailbox, seat.role
        if not isinstance(node, _Node):
            raise TypeError(f"found {node!r} for a node")
        self.seat, self.node, self.mailbox, self.deeds = seat, node, mailbox, deeds
        self.name, self.world, self.trace = node.name, node.world, node.trace
        self.routes, self.items, self.on_message = node.routes, mailbox.items, role.on_message
        self.send, self.persist = node.send, node.persist
        self.keeps = self.persist == self.trace.add_record
        self.sender = <Sender> self.send if type(self.send) is Sender else None
        if self.trace.is_direct:
            self.delivered = self.trace.head_of("deliver", self.name)
            self.ignored = self.trace.head_of("ignore", self.name)

    def __call__(self, item):
        self.take(item)

    cdef int take(self, object item) except -1:
        """Hand over what arrives, and then what the node has put into its own mailbox."""
        hold(self.mailbox, _BUSY, True)
        try:
            self.hand_over(item)
            while PyObject_Size(self.items):
                self.hand_over(self.items.popleft())
        finally:
            hold(self.mailbox, _BUSY, False)
        return 0

    cdef int hand_over(self, object item) except -1:
        cdef Ledger trace = self.trace
        cdef Parcel parcel
        cdef bytes content = None
        cdef long long envelope
        if type(item) is Parcel:
            parcel = <Parcel> item
            message, source, content = parcel.message, parcel.node, parcel.content
            envelope = parcel.envelope
        elif type(item) is _MessageEntry:
            message, source = held(item, _MESSAGE), held(item, _SENDER)
            envelope = held(item, _ENVELOPE)
        else:
            self.seat._hand_over_other(item)
            return 0
        if held(self.node, _IS_FAILED) is True:
            if not trace.is_recording:
                trace.numbers += 1
            elif content is None:
                self.node.network.lose(item, "ignore")
            else:
                trace.write(held(self.world, _NOW), self.ignored, source, envelope, content)
                trace.flush_full()
            return 0
        if content is not None:
            trace.write(held(self.world, _NOW), self.delivered, source, envelope, content)
        else:
            if trace.is_recording:
                entry = _MessageEntry(
                    trace.numbers, held(self.world, _NOW), "deliver", self.name, source, envelope,
                    message,
                )
                PyList_Append(trace.block, entry)
            trace.numbers += 1
        if self.routes and type(message) in self.routes:
            self.routes[type(message)].mailbox.put((source, message))
            return 0
        self.do_all(self.on_message(source, message))
        return 0

    cpdef int do_all(self, object effects) except -1:
        """Do what a role asks, in order."""
        if type(effects) is list:
            for effect in <list> effects:
                self.do(effect)
        else:
            for effect in effects:
                self.do(effect)
        return 0

    cdef int do(self, object effect) except -1:
        """Do what a role asks; what it asks most often, at once."""
        kind = type(effect)
        if kind is _Broadcast:
            if self.sender is not None:
                self.sender.post(held(effect, _TARGETS), held(effect, _SENT_TO_ALL))
            else:
                self.send(held(effect, _TARGETS), held(effect, _SENT_TO_ALL))
        elif kind is _Send:
            if self.sender is not None:
                self.sender.post_one(held(effect, _TARGET), held(effect, _SENT))
            else:
                self.send((held(effect, _TARGET),), held(effect, _SENT))
        elif kind is _Persist:
            if self.keeps:
                self.trace.record(held(self.world, _NOW), self.name, held(effect, _RECORD))
            else:
                self.persist(held(self.world, _NOW), self.name, held(effect, _RECORD))
        elif kind is _SetTimer and held(effect, _CLOCK) == "own":
            self.set_timer(held(effect, _TIMER), held(effect, _MIN_US), held(effect, _MAX_US))
        elif kind is _Learned:
            number = self.trace.numbers
            self.trace.numbers += 1
            entry = _LearnEntry(
                number, held(self.world, _NOW), "learn", self.name, held(effect, _SLOT),
                held(effect, _VALUE), held(effect, _BALLOT), held(effect, _VOTES),
            )
            self.trace.show(entry, "learn")
        else:
            self.deeds[kind](self.node, effect, self.seat)
        return 0

    cdef int set_timer(self, object timer, object min_us, object max_us) except -1:
        """Set a timer on the node's own clock: see `deeds`."""
        chooser, seat = self.node.chooser, self.seat
        if min_us == max_us and not chooser.is_careful:
            after_us = min_us
        else:
            after_us = chooser.timer_us(self.name, timer, min_us, max_us)
        timers = seat.timers
        if timers is None or seat.fired:
            seat.set_timer(timer, after_us)
        else:
            timers.set(timer, after_us)
        return 0


# The checks of votes: what is as it should be is seen at once, and all else by the check itself.

cdef object _Voted, _Records, _Candidate
cdef Py_ssize_t _ENTRY_N, _ENTRY_NODE, _ENTRY_RECORD
cdef Py_ssize_t _VOTED_SLOT, _VOTED_BALLOT, _VOTED_VALUE
cdef Py_ssize_t _FLOOR, _TO_ALL, _PROMISED, _CAST, _CAST_BY
cdef Py_ssize_t _CANDIDATE_BALLOT, _CANDIDATE_VALUE, _VOTERS
cdef Py_ssize_t _BASE, _DENSE


def know_votes(voted, ballot, records, numbers):
    global _Voted, _Ballot, _Records, _BASE, _DENSE
    global _ENTRY_N, _ENTRY_NODE, _ENTRY_RECORD, _VOTED_SLOT, _VOTED_BALLOT, _VOTED_VALUE
    global _FLOOR, _TO_ALL, _PROMISED, _CAST, _CAST_BY
    _ENTRY_N, _ENTRY_NODE = offset_of(_RecordEntry, "n"), offset_of(_RecordEntry, "node")
    _ENTRY_RECORD = offset_of(_RecordEntry, "record")
    _VOTED_SLOT, _VOTED_BALLOT = offset_of(voted, "slot"), offset_of(voted, "ballot")
    _VOTED_VALUE = offset_of(voted, "value")
    _FLOOR, _TO_ALL = offset_of(records, "floor"), offset_of(records, "promised_to_all")
    _PROMISED, _CAST = offset_of(records, "promised"), offset_of(records, "votes")
    _CAST_BY = offset_of(records, "voted_by")
    _BASE, _DENSE = offset_of(numbers, "base"), offset_of(numbers, "dense")
    _Voted, _Ballot, _Records = voted, ballot, records


def know_candidate(candidate):
    global _Candidate, _CANDIDATE_BALLOT, _CANDIDATE_VALUE, _VOTERS
    _CANDIDATE_BALLOT = offset_of(candidate, "ballot")
    _CANDIDATE_VALUE = offset_of(candidate, "value")
    _VOTERS = offset_of(candidate, "voters")
    _Candidate = candidate


@cython.final
cdef class PromisesKept:
    """Sees that a vote is the first in its slot, and below no promise: see `Promises`."""

    cdef dict records
    cdef object judge

    def __init__(self, dict records, judge):
        self.records, self.judge = records, judge

    def __call__(self, entry):
        cdef bint is_kept = False
        cdef Py_ssize_t place
        if type(entry) is _RecordEntry:
            records = self.records.get(held(entry, _ENTRY_NODE))
            record = held(entry, _ENTRY_RECORD)
            if type(records) is _Records and type(record) is _Voted:
                is_kept = self.is_kept(records, record)
        if not is_kept:
            self.judge(entry)
            return
        slot = held(record, _VOTED_SLOT)
        (<dict> held(records, _CAST))[slot] = record
        numbers = held(records, _CAST_BY)
        place = slot - held(numbers, _BASE)
        dense = held(numbers, _DENSE)
        if 0 <= place < PyObject_Size(dense):
            dense[place] = held(entry, _ENTRY_N)
        else:
            numbers.note(slot, held(entry, _ENTRY_N))

    cdef bint is_kept(self, object records, object record) except -1:
        slot, ballot = held(record, _VOTED_SLOT), held(record, _VOTED_BALLOT)
        if type(ballot) is not _Ballot or type(slot) is not int:
            return False
        # A damaged trace may name any slot at all.
        if slot < held(records, _FLOOR) or slot > _FARTHEST:
            return False
        if slot in <dict> held(records, _CAST):
            return False
        bound = (<tuple> held(records, _TO_ALL))[0]
        if bound is not ballot and ballot < bound:
            return False
        promised = (<dict> held(records, _PROMISED)).get(slot)
        return promised is None or promised is ballot or not ballot < promised


@cython.final
cdef class VotesCounted:
    """Counts a vote for what others voted for too, or that is chosen: see `Votes.on_voted`."""

    cdef dict chosen, candidates
    cdef tuple acceptors
    cdef Py_ssize_t least
    cdef object count

    def __init__(self, dict chosen, dict candidates, tuple acceptors, Py_ssize_t least, count):
        self.chosen, self.candidates = chosen, candidates
        self.acceptors, self.least, self.count = acceptors, least, count

    def __call__(self, entry):
        if type(entry) is not _RecordEntry or not self.is_counted(entry):
            self.count(entry)

    cdef bint is_counted(self, object entry) except -1:
        cdef dict voters
        record = held(entry, _ENTRY_RECORD)
        if type(record) is not _Voted:
            return False
        slot, ballot = held(record, _VOTED_SLOT), held(record, _VOTED_BALLOT)
        value = held(record, _VOTED_VALUE)
        chosen = self.chosen.get(slot)
        if chosen is not None:
            if type(chosen) is not _Voted or held(chosen, _VOTED_VALUE) is not value:
                return False
            known = held(chosen, _VOTED_BALLOT)
            return known is ballot or known == ballot
        candidates = self.candidates.get(slot)
        if candidates is None:
            return False
        candidate = candidates[0]
        if type(candidate) is not _Candidate or held(candidate, _CANDIDATE_VALUE) is not value:
            return False
        known = held(candidate, _CANDIDATE_BALLOT)
        if known is not ballot and known != ballot:
            return False
        node = held(entry, _ENTRY_NODE)
        voters = held(candidate, _VOTERS)
        if node not in voters:
            if len(voters) + 1 >= self.least or node not in self.acceptors:
                return False
            voters[node] = held(entry, _ENTRY_N)
        return len(voters) < self.least
