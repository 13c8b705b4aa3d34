package issuer

import (
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// ownDesign is the design of a pass that was issued elsewhere: what it showed there.
// Braces in its texts are no placeholders.
func (i *Issuer) ownDesign(r store.Reader, pass store.ID) (*design, error) {
	k := designKey{pass, store.OwnDesign}
	if d, ok := i.designs.get(k); ok {
		return d, nil
	}
	c, err := r.OwnContent(pass)
	if err != nil {
		return nil, fmt.Errorf("content of pass %s: %w", pass, err)
	}
	doc, err := parseDocument("/document", c.Document)
	if err != nil {
		return nil, err
	}
	d := &design{document: doc, files: make(pkpass.Bundle), size: int64(4 * len(c.Document)),
		plan: placeholder.Compile(placeholder.Design{Document: new(pkpass.Document)}), fields: make(map[string]store.Field)}
	for name, blob := range c.Files {
		data, err := r.Blob(blob)
		if err != nil {
			return nil, fmt.Errorf("file %s of pass %s: %w", name, pass, err)
		}
		d.files[name] = pkpass.NewFile(data)
		d.size += int64(len(data))
	}
	d.learnKeys()
	d.options, d.found = judgeFiles(doc, d.files)
	i.designs.put(k, d, d.size)
	return d, nil
}
