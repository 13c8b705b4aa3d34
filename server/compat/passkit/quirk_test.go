package passkit_test

import (
	"encoding/json"
	"testing"
)

// TestQuirk has a test for each sentence of what the clients need, by its number in README.md.
func TestQuirk(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Harbour_Loyalty")
	a.templated(t, "Other_Card", with(card("Other_Card", "Harbour_Loyalty"), members{"passbookRedeem": nil}))
	for name, test := range map[string]func(*testing.T, *account){
		"Q1 milliseconds": q1, "Q2 ahead": q2, "Q3 token again": q3, "Q4 claims": q4, "Q5 raw secret": q5, "Q6 invalid token": q6, "Q7 always 200": q7,
		"Q8 fourteen characters": q8, "Q9 error bodies": q9, "Q10 statuses": q10, "Q11 content type": q11, "Q12 any type of body": q12, "Q13 zero length": q13,
		"Q14 no body": q14, "Q15 empty bodies": q15, "Q16 odd headers": q16, "Q17 mounts": q17, "Q18 missing equals": q18, "Q19 escaped query": q19,
		"Q20 plus": q20, "Q21 null pushes": q21, "Q22 no campaign": q22, "Q23 commas": q23, "Q24 batch forms": q24, "Q25 pass round trip": q25,
		"Q26 template round trip": q26, "Q27 bundle methods": q27, "Q28 multipart": q28, "Q29 deleted image": q29, "Q30 slash missing": q30, "Q31 absent": q31,
		"Q32 fraction": q32, "Q33 colour without sign": q33, "Q34 template colours": q34, "Q35 barcodes": q35, "Q36 coordinates": q36, "Q37 groups": q37,
		"Q38 types": q38, "Q39 capitals": q39, "Q40 name in body": q40, "Q41 meta alone": q41, "Q42 other template": q42, "Q43 redeemed images": q43,
		"Q44 expired": q44, "Q45 batch answer": q45, "Q46 one object": q46, "Q47 resend": q47, "Q48 search spellings": q48, "Q49 year": q49,
		"Q50 json view": q50, "Q51 ignored authorization": q51, "Q52 nothing changed": q52,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

// with lays changes over o; nil takes a member away.
func with(o, changes members) members {
	out := make(members)
	for name, v := range o {
		out[name] = v
	}
	for name, v := range changes {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
