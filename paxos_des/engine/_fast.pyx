# cython: language_level=3, boundscheck=False, wraparound=False, binding=False
"""The path of a message, compiled: see `fast`, which says what each part stands for.

Everything here has a twin in plain Python, which is what is meant: the same run, digest for digest.
What is read most often is read where it lies: the slots of a few known classes, by their offsets.
An offset holds for a class and for those made from it, and for nothing else; so each use is behind
a test of type, or the object is one that was tested when it was taken in.
"""

cimport cython
from cpython.exc cimport PyErr_Occurred
from cpython.list cimport PyList_GET_SIZE
from cpython.object cimport Py_LT, PyObject, PyObject_RichCompareBool, PyObject_Size
from cpython.ref cimport Py_INCREF, Py_XDECREF
from types import MemberDescriptorType

cdef extern from *:
    """
    #include <structmember.h>
    """
    ctypedef struct PyMemberDef:
        Py_ssize_t offset

    ctypedef struct PyMemberDescrObject:
        PyMemberDef *d_member

    PyObject *PyTuple_GET_ITEM(PyObject *tuple, Py_ssize_t place) nogil
    PyObject *PyList_GET_ITEM(PyObject *list, Py_ssize_t place) nogil
    void PyList_SET_ITEM(PyObject *list, Py_ssize_t place, PyObject *item) nogil
    long long PyLong_AsLongLongAndOverflow(PyObject *number, int *overflow)
    int PyList_SetSlice(list items, Py_ssize_t low, Py_ssize_t high, PyObject *nothing) except -1
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


cdef object _MessageEntry, _RecordEntry
cdef Py_ssize_t _PEER, _SENDER, _ENVELOPE, _MESSAGE
cdef Py_ssize_t _NOW
cdef object _Link = None
cdef Py_ssize_t _FATES, _RECEIVE
cdef Py_ssize_t _BUSY
cdef object _Broadcast, _Send, _Persist
cdef Py_ssize_t _TARGETS, _SENT_TO_ALL, _TARGET, _SENT, _RECORD
cdef object _Node = None
cdef Py_ssize_t _IS_FAILED
cdef Py_ssize_t _BLOCK


def know_entries(message_entry, record_entry, Py_ssize_t block):
    """Take in how entries of messages and of records are made, and how many are a full block."""
    global _MessageEntry, _RecordEntry, _SENDER, _ENVELOPE, _MESSAGE, _BLOCK
    _SENDER = offset_of(message_entry, "node")
    _ENVELOPE = offset_of(message_entry, "envelope")
    _MESSAGE = offset_of(message_entry, "message")
    _MessageEntry, _RecordEntry, _BLOCK = message_entry, record_entry, block


def know_world(world):
    global _NOW
    _NOW = offset_of(world, "_now")


def know_link(link):
    global _Link, _FATES, _RECEIVE
    _FATES, _RECEIVE = offset_of(link, "fates"), offset_of(link, "receive")
    _Link = link


def know_mailbox(mailbox):
    global _BUSY
    _BUSY = offset_of(mailbox, "is_busy")


def know_effects(broadcast, send, persist):
    global _Broadcast, _Send, _Persist, _TARGETS, _SENT_TO_ALL, _TARGET, _SENT, _RECORD
    _TARGETS, _SENT_TO_ALL = offset_of(broadcast, "targets"), offset_of(broadcast, "message")
    _TARGET, _SENT = offset_of(send, "target"), offset_of(send, "message")
    _RECORD = offset_of(persist, "record")
    _Broadcast, _Send, _Persist = broadcast, send, persist


def know_node(node):
    global _Node, _IS_FAILED
    _IS_FAILED = offset_of(node, "is_failed")
    _Node = node


# The queue of the world.

cdef inline int _precedes(PyObject *one, PyObject *other) except -1:
    """Whether a call comes before another. Mostly their times tell; they are never equal."""
    cdef int overflow, other_overflow
    cdef long long at = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(one, 0), &overflow)
    cdef long long other_at = PyLong_AsLongLongAndOverflow(
        PyTuple_GET_ITEM(other, 0), &other_overflow
    )
    if overflow == 0 and other_overflow == 0 and at != other_at:
        if (at == -1 or other_at == -1) and PyErr_Occurred() != NULL:
            return -1
        return at < other_at
    return PyObject_RichCompareBool(<object> one, <object> other, Py_LT)


cdef int _rise(PyObject *queue, Py_ssize_t top, Py_ssize_t place) except -1:
    """Let the call at a place rise to where it belongs, as `heapq` does."""
    cdef PyObject *call = PyList_GET_ITEM(queue, place)
    cdef PyObject *parent
    cdef Py_ssize_t above
    while place > top:
        above = (place - 1) >> 1
        parent = PyList_GET_ITEM(queue, above)
        if not _precedes(call, parent):
            break
        PyList_SET_ITEM(queue, place, parent)
        PyList_SET_ITEM(queue, above, call)
        place = above
    return 0


cdef inline int _push(list queue, tuple call) except -1:
    PyList_Append(queue, call)
    return _rise(<PyObject *> queue, 0, PyList_GET_SIZE(queue) - 1)


cdef tuple _pop(list queue):
    """Take out the first call: let the last one sink in its place, and rise again."""
    cdef PyObject *calls = <PyObject *> queue
    cdef Py_ssize_t size = PyList_GET_SIZE(queue) - 1
    cdef Py_ssize_t place = 0, below, half = size >> 1
    cdef PyObject *last
    cdef PyObject *child
    cdef tuple first
    last = PyList_GET_ITEM(calls, size)
    if size == 0:
        first = <tuple> last
        PyList_SetSlice(queue, 0, 1, NULL)
        return first
    first = <tuple> PyList_GET_ITEM(calls, 0)
    # The list holds one reference to each: the first one goes to the end, and then out.
    PyList_SET_ITEM(calls, size, <PyObject *> first)
    PyList_SET_ITEM(calls, 0, last)
    PyList_SetSlice(queue, size, size + 1, NULL)
    while place < half:
        below = 2 * place + 1
        if below + 1 < size and not _precedes(
            PyList_GET_ITEM(calls, below), PyList_GET_ITEM(calls, below + 1)
        ):
            below += 1
        child = PyList_GET_ITEM(calls, below)
        PyList_SET_ITEM(calls, below, last)
        PyList_SET_ITEM(calls, place, child)
        place = below
    _rise(calls, 0, place)
    return first


def make_calls(world, list queue):
    """Make all calls of a world's queue, in order: the loop of `World.run`."""
    cdef tuple call
    while PyList_GET_SIZE(queue):
        call = _pop(queue)
        hold(world, _NOW, call[0])
        function = call[3]
        if type(function) is Server:
            (<Server> function).take(call[4])
        else:
            function(call[4])


# The trace.

cdef class Ledger:
    """See `ledger.Ledger`."""

    cdef public long long numbers
    cdef public list block
    cdef public dict observers
    cdef public object watching
    cdef public bint is_recording

    def take_number(self):
        self.numbers += 1
        return self.numbers - 1

    def put(self, entry):
        if self.observers:
            observers = self.observers.get(entry.event)
            if observers is not None:
                for observer in <list> observers:
                    observer(entry)
        if self.is_recording:
            self.keep(entry)

    def add_record(self, at_us, node, record):
        self.record(at_us, node, record)

    def add_message(self, at_us, event, node, peer, envelope, message):
        cdef long long number = self.numbers
        self.numbers = number + 1
        if self.is_recording:
            self.keep(_MessageEntry(number, at_us, event, node, peer, envelope, message))

    cdef inline int keep(self, object entry) except -1:
        PyList_Append(self.block, entry)
        if PyList_GET_SIZE(self.block) >= _BLOCK:
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
        if self.is_recording:
            self.keep(entry)
        return 0


# The network.

@cython.final
cdef class Tally:
    """See `network.Tally`."""

    cdef public long long sent
    cdef public list watchers

    def __init__(self, list watchers):
        self.sent = 0
        self.watchers = watchers


@cython.final
cdef class Office:
    """What the senders of one network share."""

    cdef object network, world, take_number, tallies
    cdef Ledger trace
    cdef list queue
    cdef dict known
    cdef long long envelopes

    def __init__(self, network, world, Ledger trace, take_number, list queue, tallies):
        self.network, self.world, self.trace = network, world, trace
        self.take_number, self.queue, self.tallies = take_number, queue, tallies
        self.known = {}
        self.envelopes = 0

    def sender(self, str source, dict links):
        return Sender(self, source, links)

    cdef Tally tally(self, object kind):
        tally = self.known.get(kind)
        if tally is None:
            tally = self.known[kind] = self.tallies[kind]
        return <Tally?> tally


@cython.final
cdef class Sender:
    """See `Network.sender`: the path that all messages of a node take."""

    cdef Office office
    cdef str source
    cdef dict links

    def __init__(self, Office office, str source, dict links):
        self.office, self.source, self.links = office, source, links

    def __call__(self, targets, message):
        self.post(targets, message)

    cdef int post(self, object targets, object message) except -1:
        """Send a message to each target in turn."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        cdef Tally tally = office.tally(type(message))
        now_us = held(office.world, _NOW)
        cdef long long now = now_us
        if not trace.is_recording:
            envelope = _MessageEntry(trace.numbers, now_us, "send", self.source, "", 0, message)
            for target in targets:
                trace.numbers += 1
                tally.sent += 1
                self.carry(target, envelope, now)
            for watcher in tally.watchers:
                watcher(envelope)
            return 0

        first = None
        for target in targets:
            envelope = self.envelope(now_us, target, message)
            if first is None:
                first = envelope
            tally.sent += 1
            self.carry(target, envelope, now)
        if first is not None:
            for watcher in tally.watchers:
                watcher(first)
        if PyList_GET_SIZE(trace.block) >= _BLOCK:
            trace.flush()
        return 0

    cdef int post_one(self, object target, object message) except -1:
        """Send a message to one target."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        cdef Tally tally = office.tally(type(message))
        now_us = held(office.world, _NOW)
        tally.sent += 1
        if trace.is_recording:
            envelope = self.envelope(now_us, target, message)
        else:
            envelope = _MessageEntry(trace.numbers, now_us, "send", self.source, "", 0, message)
            trace.numbers += 1
        self.carry(target, envelope, now_us)
        for watcher in tally.watchers:
            watcher(envelope)
        if PyList_GET_SIZE(trace.block) >= _BLOCK:
            trace.flush()
        return 0

    cdef inline object envelope(self, object now_us, object target, object message):
        """Return the entry of its sending, which is the envelope itself, and stands in the trace."""
        cdef Office office = self.office
        cdef Ledger trace = office.trace
        envelope = _MessageEntry(
            trace.numbers, now_us, "send", self.source, target, office.envelopes, message
        )
        trace.numbers += 1
        office.envelopes += 1
        PyList_Append(trace.block, envelope)
        return envelope

    cdef inline int carry(self, object target, object envelope, long long now) except -1:
        """Let an envelope meet its fate."""
        cdef Office office = self.office
        cdef list fates
        cdef long long fate
        link = self.links[target]
        if type(link) is not _Link:
            raise TypeError(f"found {link!r} for a link")
        fates = <list> held(link, _FATES)
        if not fates:
            fates = office.network._refill(link)
        fate = fates.pop()
        if fate < 0:
            office.network._send_specially(link, envelope, fate)
        else:
            _push(
                office.queue,
                (now + fate, 1, office.take_number(), held(link, _RECEIVE), envelope),
            )
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

    def __init__(self, seat, dict deeds, bint keeps):
        node, mailbox, role = seat.node, seat.mailbox, seat.role
        if not isinstance(node, _Node):
            raise TypeError(f"found {node!r} for a node")
        self.seat, self.node, self.mailbox, self.deeds = seat, node, mailbox, deeds
        self.name, self.world, self.trace = node.name, node.world, node.trace
        self.routes, self.items, self.on_message = node.routes, mailbox.items, role.on_message
        self.send, self.persist, self.keeps = node.send, node.persist, keeps
        self.sender = <Sender> self.send if type(self.send) is Sender else None

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
        if type(item) is not _MessageEntry:
            self.seat._hand_over_other(item)
            return 0
        if held(self.node, _IS_FAILED) is True:
            self.node.network.lose(item, "ignore")
            return 0
        message, source = held(item, _MESSAGE), held(item, _SENDER)
        if trace.is_recording:
            PyList_Append(
                trace.block,
                _MessageEntry(
                    trace.numbers,
                    held(self.world, _NOW),
                    "deliver",
                    self.name,
                    source,
                    held(item, _ENVELOPE),
                    message,
                ),
            )
        trace.numbers += 1
        if self.routes and type(message) in self.routes:
            self.routes[type(message)].mailbox.put((source, message))
            return 0
        effects = self.on_message(source, message)
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
        else:
            self.deeds[kind](self.node, effect, self.seat)
        return 0
