package move

import (
	"encoding/json"
	"slices"

	"pocketpass/signer/pkpass"
)

// passFile is what the .pkpass of a pass says of it.
type passFile struct {
	SerialNumber        string
	AuthenticationToken string
	PassTypeIdentifier  string
	Voided              bool
	Locations           []json.RawMessage
	Barcodes            []pkpass.Barcode
	Barcode             *pkpass.Barcode

	values map[string]json.RawMessage // by field key
	files  pkpass.Bundle
}

// readPassFile reads a .pkpass, if the folder has it.
func (m *Move) readPassFile(name string) (*passFile, error) {
	data, err := m.Folder.get(name)
	if err != nil || data == nil {
		return nil, err
	}
	contents, _, err := pkpass.Read(data, pkpass.Limits{})
	if err != nil {
		return nil, unfit("%s is no pass: %v", name, err)
	}
	raw := contents.Files["pass.json"].Data
	f := &passFile{files: contents.Files, values: make(map[string]json.RawMessage)}
	if err := decode(name, raw, f); err != nil {
		return nil, err
	}
	if f.SerialNumber == "" || f.PassTypeIdentifier == "" {
		return nil, unfit("%s names no pass type and serial number", name)
	}
	return f, f.readValues(raw)
}

// readPass reads what the folder has of a pass: the record, and the file if there is one.
func (m *Move) readPass(stem, passType string) (doc members, file *passFile, err error) {
	text, err := m.Folder.get(stem + ".json")
	if err == nil && text == nil {
		err = unfit("there is no %s.json", stem)
	}
	if err == nil {
		err = decode(stem+".json", text, &doc)
	}
	if err == nil && doc.number("id") == "" {
		err = unfit("%s.json says no id", stem)
	}
	if err == nil {
		file, err = m.readPassFileOf(stem+".pkpass", passType)
	}
	return doc, file, err
}

// readPassFileOf is readPassFile for a pass of a template whose others are of some type.
func (m *Move) readPassFileOf(name, passType string) (*passFile, error) {
	file, err := m.readPassFile(name)
	if err == nil && file != nil && file.PassTypeIdentifier != passType {
		err = unfit("it is of the type %s, and others of its template are of %s", file.PassTypeIdentifier, passType)
	}
	return file, err
}

// readValues collects the fields, whatever the style.
func (f *passFile) readValues(raw []byte) error {
	type fields []struct {
		Key   string
		Value json.RawMessage
	}
	var styles map[string]json.RawMessage
	if err := decode("pass.json", raw, &styles); err != nil {
		return err
	}
	for _, style := range []string{"boardingPass", "coupon", "eventTicket", "generic", "storeCard"} {
		var s struct{ HeaderFields, PrimaryFields, SecondaryFields, AuxiliaryFields, BackFields fields }
		if styles[style] == nil || decode("pass.json", styles[style], &s) != nil {
			continue
		}
		for _, group := range []fields{s.HeaderFields, s.PrimaryFields, s.SecondaryFields, s.AuxiliaryFields, s.BackFields} {
			for _, field := range group {
				f.values[field.Key] = field.Value
			}
		}
	}
	return nil
}

// barcode is the code that the pass shows.
func (f *passFile) barcode() pkpass.Barcode {
	switch {
	case len(f.Barcodes) > 0:
		return f.Barcodes[0]
	case f.Barcode != nil:
		return *f.Barcode
	}
	return pkpass.Barcode{}
}

// passTypeOf is that of the first pass in some folders whose file is there, or else the
// one that was asked for, or the only one here. A pass type that there is no certificate
// for is refused.
func (m *Move) passTypeOf(dirs ...string) (string, error) {
	passType := m.PassType
	for _, dir := range dirs {
		files, err := m.Folder.stems(dir, ".pkpass")
		if err != nil {
			return "", err
		}
		for _, s := range files {
			if f, err := m.readPassFile(dir + "/" + s + ".pkpass"); f != nil && err == nil {
				return f.PassTypeIdentifier, m.Here.signs(f.PassTypeIdentifier)
			}
		}
	}
	if passType == "" {
		return m.Here.onlyPassType()
	}
	return passType, m.Here.signs(passType)
}

// leaveOrphans tells of passes in a folder whose template or campaign is not in another.
func (m *Move) leaveOrphans(dir, parents string, known []string) error {
	all, err := m.Folder.names(dir)
	if err != nil {
		return err
	}
	for _, parent := range all {
		if slices.Contains(known, parent) {
			continue
		}
		stems, err := m.Folder.stems(dir+"/"+parent, ".json", ".pkpass")
		if err != nil {
			return err
		}
		for _, s := range stems {
			if err := m.leave("pass", dir+"/"+parent+"/"+s, unfit("there is no %s/%s.json", parents, parent)); err != nil {
				return err
			}
		}
	}
	return nil
}
