package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"pocketpass/store/kv"
)

// What Check compares besides the indexes: facts that are kept in two places.

// checkBlobs verifies that each blob stands under its own hash.
func checkBlobs(r kv.Reader) ([]Fault, error) {
	var out []Fault
	err := r.Scan(blobTable, kv.Range{}, func(key, raw []byte) error {
		data, err := unwrap(raw)
		if err != nil {
			out = append(out, Fault{blobTable, bytes.Clone(key), err.Error()})
			return nil
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != string(key) {
			out = append(out, Fault{blobTable, bytes.Clone(key), "the blob belongs under another hash"})
		}
		return nil
	})
	return out, err
}

// checkPictures verifies that the bytes of each asset are there.
func checkPictures(r kv.Reader) ([]Fault, error) {
	return each(r, assets, func(key []byte, a *Asset) (out []Fault, err error) {
		for _, v := range a.Variants {
			_, ok, err := r.Get(blobTable, []byte(v.Blob))
			if err != nil {
				return out, err
			}
			if !ok {
				out = append(out, Fault{assets.name, key, "the blob " + v.Blob + " is missing"})
			}
		}
		return out, nil
	})
}

// checkRegistrations verifies that each registration has its device and its pass.
func checkRegistrations(r kv.Reader) ([]Fault, error) {
	return each(r, registrations, func(key []byte, g *Registration) (out []Fault, err error) {
		_, device, err := r.Get(devices.name, join(g.PassTypeIdentifier, g.Library))
		if err != nil {
			return nil, err
		}
		_, pass, err := r.Get(passes.name, g.Pass.key())
		if !device {
			out = append(out, Fault{registrations.name, key, "the device is missing"})
		}
		if !pass {
			out = append(out, Fault{registrations.name, key, "the pass is missing"})
		}
		return out, err
	})
}

// checkCounts compares the counters of each campaign with what they count.
func checkCounts(r kv.Reader) ([]Fault, error) {
	return each(r, campaigns, func(_ []byte, c *Campaign) (out []Fault, err error) {
		for _, count := range []struct {
			name string
			of   kv.Table
		}{{CountPasses, passByCampaign}, {CountRegistered, registrationByCampaign}} {
			have := int64(0)
			prefix := join(c.ID)
			err := r.Scan(count.of, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error { have++; return nil })
			if err != nil {
				return out, err
			}
			if n, err := (Reader{kv: r}).Counter(c.ID, count.name); err != nil || n != have {
				out = append(out, Fault{counterTable, join(c.ID, count.name), "the counter is wrong"})
			}
		}
		return out, nil
	})
}

// checkTags compares the number of passes of each tag with those that have it.
func checkTags(r kv.Reader) ([]Fault, error) {
	return each(r, tags, func(key []byte, t *Tag) (out []Fault, err error) {
		have := int64(0)
		prefix := join(t.Org, t.Name)
		err = r.Scan(passByTag, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error { have++; return nil })
		if err == nil && have != t.Passes {
			out = append(out, Fault{tags.name, key, "the number of passes is wrong"})
		}
		return out, err
	})
}

// checkEnvelopes verifies the checksums of what is no record of a table.
func checkEnvelopes(r kv.Reader) (out []Fault, err error) {
	for _, t := range []kv.Table{metaTable, counterTable, settingTable} {
		err := r.Scan(t, kv.Range{}, func(key, raw []byte) error {
			if _, err := unwrap(raw); err != nil {
				out = append(out, Fault{t, bytes.Clone(key), err.Error()})
			}
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// each hands every record of a table that can be read to look, with a key of its
// own; the others are reported with their table.
func each[T any](r kv.Reader, t table[T], look func(key []byte, v *T) ([]Fault, error)) ([]Fault, error) {
	var out []Fault
	err := r.Scan(t.name, kv.Range{}, func(key, raw []byte) error {
		var v T
		if t.decode(raw, &v) != nil {
			return nil
		}
		found, err := look(bytes.Clone(key), &v)
		out = append(out, found...)
		return err
	})
	return out, err
}

// checkSources verifies that what a template was made from is there.
func checkSources(r kv.Reader) ([]Fault, error) {
	return each(r, templates, func(key []byte, t *Template) ([]Fault, error) {
		if t.Source == "" {
			return nil, nil
		}
		_, ok, err := r.Get(blobTable, []byte(t.Source))
		if err != nil || ok {
			return nil, err
		}
		return []Fault{{templates.name, key, "the blob " + t.Source + " is missing"}}, nil
	})
}
