package issuer

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"pocketpass/store"
)

// KindTakeover is a job that makes passes of another issuer ours.
const KindTakeover = "takeover"

// OriginTakeover is the Origin of such a pass.
const OriginTakeover = "takeover"

// NewTakeover says where passes of another issuer go.
type NewTakeover struct {
	Campaign    store.ID // of their pass type identifier
	Idempotency Idempotency
}

const (
	maxForeign     = 10 << 20 // bytes of one file, as package pkpass reads
	maxForeignName = 255
	maxForeigners  = 65_534 // files in one archive
)

// TakeOver keeps a .pkpass, or an archive of many, whose passes a job makes ours: they
// keep serial number, authentication token and all that they show, so that a phone
// that has one takes what it gets here for the next version of it.
func (i *Issuer) TakeOver(ctx context.Context, a Actor, n NewTakeover, src io.Reader) (store.Job, error) {
	j, replayed, err := i.openUpload(ctx, a, store.Job{Kind: KindTakeover, Campaign: n.Campaign}, n.Idempotency)
	if err != nil || replayed {
		return j, err
	}
	if err := i.receivePasses(ctx, j.ID, src); err != nil {
		return store.Job{}, fmt.Errorf("take over: %w", errors.Join(err, i.discard(ctx, j.ID)))
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if j, err = tx.Job(a.Org, j.ID); err != nil {
			return err
		}
		j.State, j.Updated = store.JobWaiting, tx.Now
		return tx.PutJob(j)
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("take over: %w", err)
	}
	i.rouse()
	return j, nil
}

// receivePasses writes the passes of an upload one after the other into the job's
// file, each with its name.
func (i *Issuer) receivePasses(ctx context.Context, job store.ID, src io.Reader) error {
	spool, err := i.spool(src)
	if err != nil {
		return err
	}
	defer spool.Close()
	archive, err := zip.NewReader(spool, spool.size)
	if err != nil {
		return invalid("/file", "archive_unreadable", "the file is neither a .pkpass nor an archive of them: %v", err)
	}
	u := &upload{ctx: ctx, issuer: i, job: job}
	if _, err := archive.Open("pass.json"); err == nil {
		err = u.add("", spool, spool.size)
		return errors.Join(err, u.Flush())
	}
	passes := 0
	for _, f := range archive.File {
		if !strings.EqualFold(path.Ext(f.Name), ".pkpass") {
			continue
		}
		if passes++; passes > maxForeigners {
			return invalid("/file", "too_many_passes", "an archive may have %d passes; split it", maxForeigners)
		}
		if err := u.unpack(f); err != nil {
			return err
		}
	}
	if passes == 0 {
		return invalid("/file", "no_passes", "the archive has no pass.json and no files whose names end in .pkpass")
	}
	return u.Flush()
}

// unpack adds one file of an archive. One that cannot be read is kept empty, for the
// job to report.
func (u *upload) unpack(f *zip.File) error {
	if f.UncompressedSize64 > maxForeign {
		return u.add(f.Name, nil, 0)
	}
	in, err := f.Open()
	if err != nil {
		return u.add(f.Name, nil, 0)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxForeign))
	if err != nil {
		data = nil
	}
	return u.add(f.Name, readerAt(data), int64(len(data)))
}

// add writes a pass: the lengths of its name and its bytes, then both.
func (u *upload) add(name string, data io.ReaderAt, size int64) error {
	if size > maxForeign {
		size = 0
	}
	name = truncate(name, maxForeignName)
	head := binary.BigEndian.AppendUint32(nil, uint32(len(name)))
	head = append(binary.BigEndian.AppendUint32(head, uint32(size)), name...)
	if _, err := u.Write(head); err != nil || size == 0 {
		return err
	}
	_, err := io.Copy(u, io.NewSectionReader(data, 0, size))
	return err
}

func readerAt(data []byte) io.ReaderAt { return strings.NewReader(string(data)) }

// TakeoverCount says how far a takeover is.
type TakeoverCount struct {
	Imported   int64
	Called     int64 // whose phones have registered or fetched
	Registered int64
	Never      int64 // of whose phones nothing was heard
}

// Takeover counts the passes of a campaign that were taken over.
func (i *Issuer) Takeover(ctx context.Context, a Actor, campaign store.ID) (n TakeoverCount, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Campaign(a.Org, campaign); err != nil {
			return err
		}
		for name, to := range map[string]*int64{store.CountTaken: &n.Imported, store.CountTakenCalled: &n.Called, store.CountTakenRegistered: &n.Registered} {
			if *to, err = r.Counter(campaign, name); err != nil {
				return err
			}
		}
		n.Never = n.Imported - n.Called
		return nil
	})
	return n, err
}

// SilentTakeovers lists the passes of a campaign that were taken over and whose phones
// have never called.
func (i *Issuer) SilentTakeovers(ctx context.Context, a Actor, campaign store.ID, p store.Page) (l PassList, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Campaign(a.Org, campaign); err != nil {
			return err
		}
		silent, next, err := r.SilentTakeovers(campaign, p)
		l.Next = next
		for _, t := range silent {
			pass, lost := r.Pass(a.Org, t.Pass)
			if lost == nil {
				l.Passes = append(l.Passes, pass)
			} else if !errors.Is(lost, store.ErrNotFound) { // deleted
				return lost
			}
		}
		return err
	})
	return l, err
}

// noteCall notes that a phone has called for a pass, if it was taken over.
func noteCall(tx store.Tx, pass store.ID, registered bool) error {
	t, err := tx.Takeover(pass)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !t.Called.IsZero() && (!registered || !t.Registered.IsZero()) {
		return err
	}
	if t.Called.IsZero() {
		t.Called = tx.Now
		err = tx.Count(t.Campaign, store.CountTakenCalled, 1)
	}
	if registered {
		t.Registered = tx.Now
		err = errors.Join(err, tx.Count(t.Campaign, store.CountTakenRegistered, 1))
	}
	return errors.Join(err, tx.PutTakeover(t))
}
