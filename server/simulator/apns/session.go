package apns

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	bufferSize     = 16 << 10
	windowSize     = 65535    // HTTP/2's own, both ways
	windowRefill   = 16 << 10 // received bytes after which the client is given more
	maxHeaderBytes = 16 << 10
)

// session is one connection.
type session struct {
	service *Service
	number  int
	raw     net.Conn
	conn    *tls.Conn
	topic   string // of the client certificate
	frames  *http2.Framer
	in      *bufio.Reader

	// Of the reading goroutine alone.
	streams  map[uint32]*request
	requests int
	received int            // bytes since the last WINDOW_UPDATE
	late     sync.WaitGroup // answers that wait for their Delay
	ended    chan struct{}

	mu     sync.Mutex // of what follows, and of writing
	out    *bufio.Writer
	head   bytes.Buffer
	encode *hpack.Encoder
	window int64               // bytes of bodies that the client takes
	limit  uint32              // of streams, in force
	next   uint32              // announced, not acknowledged; 0 before the first SETTINGS
	last   uint32              // last stream that is handled; 0 while all are
	active map[uint32]struct{} // streams begun and not answered
}

func newSession(s *Service, raw net.Conn, number int) *session {
	c := &session{
		service: s,
		number:  number,
		raw:     raw,
		conn:    tls.Server(raw, s.tlsConfig()),
		streams: map[uint32]*request{},
		ended:   make(chan struct{}),
		window:  windowSize,
		active:  map[uint32]struct{}{},
	}
	c.in = bufio.NewReaderSize(c.conn, bufferSize)
	c.out = bufio.NewWriterSize(c.conn, bufferSize)
	c.frames = http2.NewFramer(c.out, c.in)
	c.frames.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.frames.MaxHeaderListSize = maxHeaderBytes
	c.frames.SetReuseFrames()
	c.encode = hpack.NewEncoder(&c.head)
	return c
}

// serve runs after the handshake until either side hangs up.
func (c *session) serve() {
	defer c.late.Wait()
	defer close(c.ended)
	c.topic = topicOf(c.conn.ConnectionState().PeerCertificates[0])
	c.greet()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(c.in, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	for c.readFrame() {
		if c.in.Buffered() == 0 {
			c.flush()
		}
	}
}

// readFrame handles one frame and reports whether to go on.
func (c *session) readFrame() bool {
	f, err := c.frames.ReadFrame()
	if stream, ok := errors.AsType[http2.StreamError](err); ok {
		c.reset(stream.StreamID, stream.Code)
		return true
	}
	if err != nil {
		return false
	}
	switch f := f.(type) {
	case *http2.MetaHeadersFrame:
		c.begin(f)
	case *http2.DataFrame:
		c.data(f)
	case *http2.RSTStreamFrame:
		c.abandon(f.StreamID)
	case *http2.SettingsFrame:
		c.settings(f)
	case *http2.PingFrame:
		c.ping(f)
	case *http2.WindowUpdateFrame:
		c.widen(f)
	}
	return true
}

func (c *session) begin(f *http2.MetaHeadersFrame) {
	if !c.enter(f.StreamID) {
		return
	}
	r := newRequest(f.Fields, c.topic)
	c.streams[f.StreamID] = r
	if f.StreamEnded() {
		c.finish(f.StreamID, r)
	}
}

// enter counts a new stream, or refuses it above the limit and ignores it after GOAWAY.
func (c *session) enter(id uint32) bool {
	c.mu.Lock()
	left, full := c.last != 0, len(c.active) >= int(c.limit)
	if !left && !full {
		c.active[id] = struct{}{}
	}
	active := len(c.active)
	c.mu.Unlock()
	c.service.count(func(n *Stats) {
		n.Streams = max(n.Streams, active)
		switch {
		case left:
			n.Unhandled++
		case full:
			n.Exceeded++
		}
	})
	if full && !left {
		c.reset(id, http2.ErrCodeRefusedStream)
	}
	return !left && !full
}

func (c *session) data(f *http2.DataFrame) {
	c.refill(int(f.Length))
	r := c.streams[f.StreamID]
	if r == nil {
		return // answered, refused or left behind already
	}
	r.payload = append(r.payload, f.Data()...)
	if f.StreamEnded() || len(r.payload) > maxPayload {
		c.finish(f.StreamID, r)
	}
}

// finish answers a complete request, at once or after the script's delay.
func (c *session) finish(id uint32, r *request) {
	delete(c.streams, id)
	c.requests++
	if n := c.service.behaving().GoAwayAfter; n > 0 && c.requests == n {
		c.goAway(id)
	}
	a := c.service.answer(c, r)
	if a.delay == 0 {
		c.respond(id, a)
		return
	}
	c.late.Add(1)
	go func() {
		defer c.late.Done()
		timer := time.NewTimer(a.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			c.respond(id, a)
			c.flush()
		case <-c.ended:
		}
	}()
}

func (c *session) abandon(id uint32) {
	delete(c.streams, id)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.active, id)
}

func (c *session) settings(f *http2.SettingsFrame) {
	if f.IsAck() {
		c.mu.Lock()
		c.limit = c.next
		c.mu.Unlock()
		return
	}
	c.write(c.frames.WriteSettingsAck)
}

func (c *session) ping(f *http2.PingFrame) {
	if !f.IsAck() {
		c.write(func() error { return c.frames.WritePing(true, f.Data) })
	}
}

func (c *session) widen(f *http2.WindowUpdateFrame) {
	if f.StreamID == 0 { // a stream's own window is larger than any answer
		c.mu.Lock()
		c.window += int64(f.Increment)
		c.mu.Unlock()
	}
}

func (c *session) refill(n int) {
	if c.received += n; c.received >= windowRefill {
		given := uint32(c.received)
		c.received = 0
		c.write(func() error { return c.frames.WriteWindowUpdate(0, given) })
	}
}

func (c *session) reset(id uint32, code http2.ErrCode) {
	c.write(func() error { return c.frames.WriteRSTStream(id, code) })
}

// goAway makes id the last stream that is handled. The client has a moment to
// read its answers and hang up.
func (c *session) goAway(id uint32) {
	c.write(func() error {
		c.last = id
		return c.frames.WriteGoAway(id, http2.ErrCodeNo, []byte(`{"reason":"Shutdown"}`))
	})
	for later := range c.streams {
		if later > id {
			c.abandon(later)
			c.service.count(func(n *Stats) { n.Unhandled++ })
		}
	}
	c.raw.SetReadDeadline(time.Now().Add(lingerTimeout))
}

// greet announces the first stream limit. It is in force at once: a client is
// expected to wait for it.
func (c *session) greet() {
	c.write(func() error {
		c.limit = c.service.behaving().streams()
		return c.advertise(c.limit)
	})
	c.flush()
}

// announce tells the client of a changed stream limit; before greet there is no need.
func (c *session) announce(streams uint32) {
	c.write(func() error {
		if c.next == 0 || c.next == streams {
			return nil
		}
		return c.advertise(streams)
	})
	c.flush()
}

func (c *session) advertise(streams uint32) error {
	c.next = streams
	return c.frames.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: streams})
}

// write runs fn, which puts frames into the buffer, unless the script has made
// the service a black hole.
func (c *session) write(fn func() error) {
	if c.service.behaving().BlackHole {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := fn(); err != nil {
		c.raw.Close()
	}
}

func (c *session) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.out.Flush(); err != nil {
		c.raw.Close()
	}
}

// respond writes an answer. A client that never widens its window past HTTP/2's
// first 64 kB of bodies is hung up on.
func (c *session) respond(id uint32, a response) {
	c.write(func() error {
		if _, waits := c.active[id]; !waits {
			return nil // the client has given up
		}
		delete(c.active, id)
		if c.window -= int64(len(a.body)); c.window < 0 {
			return fmt.Errorf("no window for the answer to stream %d", id)
		}
		c.head.Reset()
		for _, f := range a.header {
			c.encode.WriteField(f)
		}
		err := c.frames.WriteHeaders(http2.HeadersFrameParam{
			StreamID: id, BlockFragment: c.head.Bytes(), EndHeaders: true, EndStream: a.body == "",
		})
		if err != nil || a.body == "" {
			return err
		}
		return c.frames.WriteData(id, true, []byte(a.body))
	})
}
