package issuer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"pocketpass/server/sheet"
	"pocketpass/store"
)

// KindImport is a job that makes or changes a pass for each row of a table.
const KindImport = "import"

// NewImport says where the rows of a table go.
type NewImport struct {
	Campaign    store.ID
	Template    store.ID // zero means the campaign's default
	Wish        sheet.Wish
	Idempotency Idempotency
}

// Import is an uploaded table before it is started: how it is written, what its
// columns seem to mean, and what would come of its first rows.
type Import struct {
	Job      store.Job
	Format   sheet.Format
	Mapping  sheet.Mapping // a proposal
	Targets  []string      // that columns can be mapped to
	Rows     []ImportRow   // the first ones
	Workbook *sheet.Converted
}

// ImportRow is a row of a preview.
type ImportRow struct {
	Line  int64
	Cells []string
	Fault *store.JobError // why it would fail; nil if it would not
}

// workbookHead is how an .xlsx begins, as every ZIP archive.
const workbookHead = "PK\x03\x04"

// ReceiveImport keeps a table, CSV or the first sheet of an .xlsx workbook, and says
// what it looks like. It waits for StartImport; what is not started is dropped
// after a week.
func (i *Issuer) ReceiveImport(ctx context.Context, a Actor, n NewImport, src io.Reader) (out Import, err error) {
	draft := store.Job{Kind: KindImport, Campaign: n.Campaign, Template: n.Template}
	if n.Campaign == 0 {
		return out, invalid("/campaign", "campaign_missing", "say which campaign the passes belong to")
	}
	j, replayed, err := i.openUpload(ctx, a, draft, n.Idempotency)
	if err != nil {
		return out, fmt.Errorf("receive import: %w", err)
	}
	if replayed {
		return i.Import(ctx, a, j.ID)
	}
	book, err := i.receiveTable(ctx, j.ID, src)
	if err == nil {
		err = i.detectImport(ctx, a, j.ID, n.Wish)
	}
	if err != nil {
		return out, fmt.Errorf("receive import: %w", errors.Join(refusedTable(err), i.discard(ctx, j.ID)))
	}
	out, err = i.Import(ctx, a, j.ID)
	out.Workbook = book
	return out, err
}

// receiveTable keeps a table as CSV. A workbook can only be read as a whole, so it
// waits in a file for its conversion.
func (i *Issuer) receiveTable(ctx context.Context, job store.ID, src io.Reader) (*sheet.Converted, error) {
	in := bufio.NewReader(src)
	if head, _ := in.Peek(len(workbookHead)); string(head) != workbookHead {
		return nil, i.receive(ctx, job, in)
	}
	spool, err := i.spool(in)
	if err != nil {
		return nil, err
	}
	defer spool.Close()
	u := &upload{ctx: ctx, issuer: i, job: job}
	book, err := sheet.ConvertWorkbook(ctx, u, spool, spool.size, sheet.WorkbookLimits{})
	if err == nil {
		err = u.Flush()
	}
	return &book, err
}

// spooled is an upload in a file that nobody else sees and that is gone with it.
type spooled struct {
	*os.File
	size int64
}

func (i *Issuer) spool(src io.Reader) (s spooled, err error) {
	if s.File, err = os.CreateTemp(i.cfg.Scratch, "upload-*"); err != nil {
		return s, fmt.Errorf("keep an upload: %w", err)
	}
	_ = os.Remove(s.Name()) // where an open file can be removed, nothing of it outlives a crash
	if s.size, err = io.Copy(s.File, src); err != nil {
		return s, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s spooled) Close() error {
	err := s.File.Close()
	if gone := os.Remove(s.Name()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// refusedTable says what is wrong with a file that is no table.
func refusedTable(err error) error {
	if e, ok := errors.AsType[*sheet.RowError](err); ok {
		return invalid("/file", "table_unreadable", "%v", e)
	}
	for code, known := range map[string]error{"table_empty": sheet.ErrEmpty, "table_unreadable": sheet.ErrNoText, "table_old_excel": sheet.ErrOldExcel,
		"workbook_large": sheet.ErrTooLarge, "workbook_damaged": sheet.ErrDamaged} {
		if errors.Is(err, known) {
			return invalid("/file", code, "%v", err)
		}
	}
	if errors.Is(err, sheet.ErrFormat) {
		return invalid("query", "format", "%v", err)
	}
	return err
}

// detectImport notes with the job how its table is written.
func (i *Issuer) detectImport(ctx context.Context, a Actor, job store.ID, w sheet.Wish) error {
	return i.update(ctx, func(tx store.Tx) error {
		j, err := tx.Job(a.Org, job)
		if err != nil {
			return err
		}
		f, err := sheet.Detect(tx.JobFile(job), w, sheet.Limits{})
		if err != nil {
			return err
		}
		if j.Spec, err = json.Marshal(importSpec{Format: f}); err != nil {
			return err
		}
		j.Updated = tx.Now
		return tx.PutJob(j)
	})
}

// previewRows is how many rows of a table are shown before it is imported.
const previewRows = 20

// Import returns a table that was received, with the first rows as they would fare.
func (i *Issuer) Import(ctx context.Context, a Actor, id store.ID) (out Import, err error) {
	err = i.db.View(ctx, func(r store.Reader) (err error) {
		if out.Job, err = importJob(r, a, id); err != nil {
			return err
		}
		spec, err := readSpec[importSpec](out.Job)
		if err != nil {
			return err
		}
		targets, err := i.importTargets(r, out.Job, spec.Format)
		if err != nil {
			return err
		}
		for _, t := range targets {
			out.Targets = append(out.Targets, t.Name)
		}
		out.Format, out.Mapping = spec.Format, spec.Mapping
		if len(out.Mapping) == 0 {
			out.Mapping = sheet.GuessMapping(spec.Format, targets)
		}
		out.Rows, err = i.previewImport(r, out, targets)
		return err
	})
	if err != nil {
		return Import{}, fmt.Errorf("preview import: %w", err)
	}
	return out, nil
}

// importJob finds a job that imports and has its file.
func importJob(r store.Reader, a Actor, id store.ID) (store.Job, error) {
	j, err := r.Job(a.Org, id)
	switch {
	case err != nil:
		return j, err
	case j.Kind != KindImport:
		return j, store.ErrNotFound
	case len(j.Spec) == 0 || j.Source.Size == 0:
		return j, conflict("file_incomplete", "the file of the import did not arrive whole, or was dropped; upload it anew")
	}
	return j, nil
}

func (i *Issuer) previewImport(r store.Reader, out Import, targets []sheet.Target) (rows []ImportRow, err error) {
	spec := importSpec{Format: out.Format, Mapping: out.Mapping, UpsertBy: UpsertExternalID}
	if spec.Fields, err = spec.Mapping.Resolve(spec.Format, targets); err != nil {
		return nil, err
	}
	j := out.Job
	if j.Spec, err = json.Marshal(spec); err != nil {
		return nil, err
	}
	w, err := openImport(i, j)
	if err != nil {
		return nil, err
	}
	b, err := w.(*importing).read(reading{r, r.JobFile(j.Source.File)}, spec.Format.Start, previewRows)
	if err != nil {
		return nil, err
	}
	for _, it := range b.items {
		row := ImportRow{Line: it.Line}
		if in, ok := it.data.(tableRow); ok {
			row.Cells = in.cells
		}
		if _, err := w.judge(r, it); err != nil {
			fault := it.failure(0, err)
			row.Fault = &fault
		}
		rows = append(rows, row)
	}
	return rows, nil
}
