package api

import (
	"context"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
)

// Forecast is what phones would make of a change of a pass. It is exported because
// huma skips embedded structs that are not.
type Forecast struct {
	Pass       *ref                `json:"pass,omitempty"`
	Visible    bool                `json:"visible" doc:"Phones can tell the difference"`
	Silent     bool                `json:"silent" doc:"Nothing is announced"`
	Why        string              `json:"why,omitempty" doc:"Of a silent change"`
	Remedy     string              `json:"remedy,omitempty" doc:"What to do to have it announced"`
	LockScreen []string            `json:"lockScreen" doc:"What stands there: the text of the field that announces its change, or one general line if several do"`
	Announced  []announcement      `json:"announced,omitempty" doc:"By field"`
	Languages  map[string][]string `json:"languages,omitempty" doc:"What stands there on phones of languages in which it is another text"`
	Devices    int                 `json:"devices" doc:"That have the pass"`
	Error      *obstacle           `json:"error,omitempty" doc:"Why the pass cannot be changed"`
}

type announcement struct {
	Field string `json:"field" example:"stamps" doc:"Its key"`
	Text  string `json:"text"`
}

type obstacle struct {
	Code    string `json:"code" example:"placeholder_without_value" doc:"As of a problem"`
	Message string `json:"message"`
}

func newForecast(f issuer.Forecast) Forecast {
	v := Forecast{Pass: refOf(f.Pass), Visible: f.Visible, LockScreen: f.Lines, Languages: f.Languages, Devices: f.Devices}
	if v.LockScreen == nil {
		v.LockScreen = []string{}
	}
	for _, n := range f.Announced {
		v.Announced = append(v.Announced, announcement(n))
	}
	if s := f.Silence; s != nil {
		v.Silent, v.Why, v.Remedy = true, s.Reason, s.Remedy
	}
	if f.Err != nil {
		e := issuer.Public(f.Err)
		v.Error = &obstacle{e.Code, e.Msg}
	}
	return v
}

func newForecasts(all []issuer.Forecast) []Forecast {
	out := make([]Forecast, 0, len(all))
	for _, f := range all {
		out = append(out, newForecast(f))
	}
	return out
}

type passPreviewView struct {
	Forecast
	Findings []pkpass.Finding `json:"findings" doc:"What the checks say of the pass then"`
}

func (a *API) previewPass(ctx context.Context, r request[byID, changePassBody]) (reply[passPreviewView], error) {
	ch, err := r.body.change()
	if err != nil {
		return reply[passPreviewView]{}, err
	}
	f, found, err := a.Issuer.PreviewUpdate(ctx, r.Actor, r.params.ID.id, ch)
	if found == nil {
		found = []pkpass.Finding{}
	}
	return reply[passPreviewView]{view: passPreviewView{newForecast(f), found}}, err
}
