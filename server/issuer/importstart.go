package issuer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"pocketpass/server/sheet"
	"pocketpass/store"
)

// What a row is matched with a pass by. UpsertNone makes a pass for each row.
const (
	UpsertNone         = "none"
	UpsertExternalID   = "externalId"
	UpsertSerialNumber = "serialNumber"
)

// What becomes of a table with rows that fail.
const (
	OnErrorSkip = "skip" // the others are imported
	OnErrorStop = "stop" // all are judged first, and nothing is written if one fails
)

// ImportStart says how to import a table that was received.
type ImportStart struct {
	Mapping  sheet.Mapping // empty means that of the dry run before, else the guessed one
	Wish     sheet.Wish    // over what was detected
	UpsertBy string        // one of the Upsert… words; empty means UpsertExternalID if a column holds it, else UpsertNone
	OnError  string        // one of the OnError… words; empty means OnErrorSkip
	DryRun   bool          // goes through the rows and changes nothing
}

// StartImport has a received table imported by a job: once, and before that in dry runs
// at will. The job forgets what a dry run said.
func (i *Issuer) StartImport(ctx context.Context, a Actor, id store.ID, s ImportStart) (j store.Job, err error) {
	if err := i.forgetRehearsal(ctx, a, id, s); err != nil {
		return store.Job{}, fmt.Errorf("start import: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if j, err = importJob(tx.Reader, a, id); err != nil {
			return err
		}
		if rehearsed(j) {
			j = anew(j)
		}
		if j.State != store.JobReceiving {
			return conflict("import_started", "the import is %s; upload the file again to import it anew", j.State)
		}
		spec, err := i.importSpec(tx.Reader, j, s)
		if err != nil {
			return err
		}
		if j.Spec, err = json.Marshal(spec); err != nil {
			return err
		}
		j.State, j.Updated = store.JobWaiting, tx.Now
		return tx.PutJob(j)
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("start import: %w", err)
	}
	i.rouse()
	return j, nil
}

// importSpec settles how a table is imported.
func (i *Issuer) importSpec(r store.Reader, j store.Job, s ImportStart) (spec importSpec, err error) {
	if spec, err = readSpec[importSpec](j); err != nil {
		return spec, err
	}
	if s.Wish != (sheet.Wish{}) {
		if spec.Format, err = sheet.Detect(r.JobFile(j.Source.File), s.Wish, sheet.Limits{}); err != nil {
			return spec, invalid("/format", "format", "%v", err)
		}
	}
	targets, err := i.importTargets(r, j, spec.Format)
	if err != nil {
		return spec, err
	}
	if len(s.Mapping) == 0 { // as in the dry run, if there was one
		s.Mapping, s.UpsertBy, s.OnError = spec.Mapping, cmp.Or(s.UpsertBy, spec.UpsertBy), cmp.Or(s.OnError, spec.OnError)
	}
	if spec.Mapping = s.Mapping; len(s.Mapping) == 0 {
		spec.Mapping = sheet.GuessMapping(spec.Format, targets)
	}
	targets = append(append(targets, attributeTargets(spec.Mapping, targets)...), namedTargets...)
	if spec.Fields, err = spec.Mapping.Resolve(spec.Format, targets); err != nil {
		return spec, refusedMapping(spec.Mapping, err)
	}
	spec.UpsertBy, spec.OnError, spec.DryRun = s.UpsertBy, cmp.Or(s.OnError, OnErrorSkip), s.DryRun
	return spec, spec.settle()
}
