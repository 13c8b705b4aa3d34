package issuer

import (
	"encoding/json"
	"maps"
)

// OwnPart is a pass's own part of pass.json, had, with what a client of an old service says
// of it now, after, in the place of what it said before. What was written there otherwise
// stays, for the service may have no words for it; so do other lists of fields under the key
// of the style. It is nil if there is nothing and was nothing.
func OwnPart(had, before, after json.RawMessage, style string) (json.RawMessage, error) {
	parts, err := objectsOf(had, before, after)
	if err != nil {
		return nil, err
	}
	bodies, err := objectsOf(parts[0][style], parts[1][style], parts[2][style])
	if err != nil {
		return nil, err
	}
	out, body := replaced(parts), replaced(bodies)
	if delete(out, style); len(body) > 0 {
		if out[style], err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	if len(had) == 0 && len(out) == 0 {
		return nil, nil
	}
	return json.Marshal(out)
}

// objectsOf reads objects, of which none may be there.
func objectsOf(all ...json.RawMessage) ([]map[string]json.RawMessage, error) {
	out := make([]map[string]json.RawMessage, len(all))
	for n, raw := range all {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &out[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// replaced is the first object without the members of the second and with those of the third.
func replaced(parts []map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(parts[0])+len(parts[2]))
	for name, raw := range parts[0] {
		if _, said := parts[1][name]; !said {
			out[name] = raw
		}
	}
	maps.Copy(out, parts[2])
	return out
}
