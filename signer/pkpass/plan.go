package pkpass

import (
	"encoding/json"
	"reflect"
	"strings"
)

// A plan is what encoding, decoding and walking need to know of one struct
// type. All plans are made once, when the program starts.
type plan struct {
	members []member
	byName  map[string]*member
	schemed []*member // those that serve some presentations only
	texts   []*member // those that are text or have some below them
	checked []*member // those of texts with something that stringChecks judge
	holders []*member // those that are objects or arrays of them
	extra   int       // index of the field Extra
}

func (p *plan) spoken() []*member  { return p.texts }
func (p *plan) judged() []*member  { return p.checked }
func (p *plan) holding() []*member { return p.holders }

// member is one known key of a JSON object.
type member struct {
	name   string
	head   string // the key as it is written: "name":
	index  []int  // for reflect's FieldByIndex
	kind   string // tag wallet: what a string is
	scheme string // tag scheme: presentations that the key serves; empty means all
	below  *plan  // of the structs that it holds, or nil
}

var (
	plans = planAll(reflect.TypeFor[Document](), reflect.TypeFor[Personalization]())

	valueType = reflect.TypeFor[Value]()
	rawType   = reflect.TypeFor[json.RawMessage]()
)

func planAll(roots ...reflect.Type) map[reflect.Type]*plan {
	all := make(map[reflect.Type]*plan)
	for _, t := range roots {
		addPlan(all, t)
	}
	return all
}

// addPlan makes the plans of t and of every struct that t leads to.
func addPlan(all map[reflect.Type]*plan, t reflect.Type) {
	t = heldBy(t)
	if t.Kind() != reflect.Struct || all[t] != nil || t == reflect.TypeFor[Value]() {
		return
	}
	p := &plan{byName: make(map[string]*member)}
	all[t] = p
	p.addMembers(all, t, nil)
	for i := range p.members {
		p.file(&p.members[i])
	}
}

func (p *plan) file(m *member) {
	p.byName[m.name] = m
	if m.scheme != "" {
		p.schemed = append(p.schemed, m)
	}
	if m.kind != "" || m.below != nil {
		p.texts = append(p.texts, m)
	}
	if m.below != nil {
		p.holders = append(p.holders, m)
	}
	if stringChecks[m.kind] != nil || m.below != nil && len(m.below.checked) > 0 {
		p.checked = append(p.checked, m)
	}
}

// names are the keys that the object knows.
func (p *plan) names() []string {
	out := make([]string, len(p.members))
	for i, m := range p.members {
		out[i] = m.name
	}
	return out
}

// heldBy is what pointers and slices lead to.
func heldBy(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func (p *plan) addMembers(all map[reflect.Type]*plan, t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		switch name, _, _ := strings.Cut(f.Tag.Get("json"), ","); {
		case f.Anonymous:
			p.addMembers(all, f.Type, at)
		case name == "-":
			p.extra = i
		default:
			addPlan(all, f.Type)
			p.members = append(p.members, member{
				name:   name,
				head:   string(appendString(nil, name)) + ":",
				index:  at,
				kind:   f.Tag.Get("wallet"),
				scheme: f.Tag.Get("scheme"),
				below:  all[heldBy(f.Type)],
			})
		}
	}
}

// extraOf returns the unknown keys of the struct v, possibly nil.
func (p *plan) extraOf(v reflect.Value) map[string]json.RawMessage {
	return *v.Field(p.extra).Addr().Interface().(*map[string]json.RawMessage)
}
