package server_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"pocketpass/server"
)

const example = "../config.example.toml"

func load(t *testing.T, text string, env ...string) (server.Config, error) {
	t.Helper()
	return server.Load(server.Sources{File: write(t, "pocketpass.toml", text), Environ: env})
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleIsTheDefaults(t *testing.T) {
	got, err := server.Load(server.Sources{File: example})
	if err != nil {
		t.Fatal(err)
	}
	if want := server.DefaultConfig(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("example gives\n%+v\nthe defaults are\n%+v", got, want)
	}
}

func TestExampleSetsEachKey(t *testing.T) {
	var anything map[string]any
	md, err := toml.DecodeFile(example, &anything)
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(reflect.TypeFor[server.Config](), nil)
	if len(keys) < 30 {
		t.Fatalf("only %d keys found in the struct", len(keys))
	}
	for _, key := range keys {
		if !md.IsDefined(key...) {
			t.Errorf("%s is missing in %s", strings.Join(key, "."), example)
		}
	}
}

// keysOf lists the toml tags of every field, found without the code under test.
func keysOf(t reflect.Type, section []string) [][]string {
	var out [][]string
	for f := range t.Fields() {
		key := append(section[:len(section):len(section)], f.Tag.Get("toml"))
		if f.Type.Kind() == reflect.Struct {
			out = append(out, keysOf(f.Type, key)...)
			continue
		}
		out = append(out, key)
	}
	return out
}

func TestLayers(t *testing.T) {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags := server.BindFlags(fs)
	if err := fs.Parse([]string{"--push-host=https://flag.example", "--log-access=false"}); err != nil {
		t.Fatal(err)
	}
	file := write(t, "c.toml", `
listen = "127.0.0.1:1"
data = "file"
base_url = "https://file.example"
[push]
host = "https://file.example"
`)
	cfg, err := server.Load(server.Sources{
		File:    file,
		Environ: []string{"POCKETPASS_DATA=env", "POCKETPASS_PUSH_HOST=https://env.example", "POCKETPASS_BASE_URL=", "HOME=/x"},
		Flags:   flags,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, got, want string }{
		{"default", cfg.Log.Level, "info"},
		{"file over default", cfg.Listen, "127.0.0.1:1"},
		{"environment over file", cfg.Data, "env"},
		{"flag over environment", cfg.Push.Host, "https://flag.example"},
		{"an empty variable is not set", cfg.BaseURL, "https://file.example"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.key, tt.got, tt.want)
		}
	}
	if cfg.Log.Access {
		t.Error("--log-access=false was ignored")
	}
}

func TestConfigFileFromEnvironment(t *testing.T) {
	cfg, err := server.Load(server.Sources{Environ: []string{"POCKETPASS_CONFIG=" + write(t, "c.toml", `data = "there"`)}})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != "there" {
		t.Errorf("data = %q", cfg.Data)
	}
}

// TestEachKeyHasThreeNames sets every key by environment and by flag.
func TestEachKeyHasThreeNames(t *testing.T) {
	for _, key := range keysOf(reflect.TypeFor[server.Config](), nil) {
		name := strings.Join(key, ".")
		env := "POCKETPASS_" + strings.ToUpper(strings.Join(key, "_"))
		if _, err := server.Load(server.Sources{Environ: []string{env + "="}}); err != nil {
			t.Errorf("%s: environment variable %s: %v", name, env, err)
		}
		fs := flag.NewFlagSet("serve", flag.ContinueOnError)
		server.BindFlags(fs)
		found := fs.Lookup(strings.ReplaceAll(strings.Join(key, "-"), "_", "-"))
		secret := slices.Contains([]string{"admin_key", "master_key", "mail.password", "sms.token"}, name)
		if (found == nil) != secret {
			t.Errorf("%s: flag exists: %t, secret: %t", name, found != nil, secret)
		}
		if found != nil && found.Usage == "" {
			t.Errorf("%s: flag without a word of help", name)
		}
	}
}

func TestEveryTypeFromEnvironment(t *testing.T) {
	cfg, err := server.Load(server.Sources{Environ: []string{
		"POCKETPASS_TRUSTED_PROXIES=10.0.0.2, fd00::/64,::ffff:10.0.0.9",
		"POCKETPASS_HTTP_IDLE_TIMEOUT=90s",
		"POCKETPASS_LIMITS_BODY=2MiB",
		"POCKETPASS_LIMITS_IN_FLIGHT=7",
		"POCKETPASS_LIMITS_RATE=2.5",
		"POCKETPASS_METRICS_PUBLIC=true",
		"POCKETPASS_OUTBOUND_ALLOW=192.168.1.5",
		"POCKETPASS_ADMIN_KEY=me.secretsecret",
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(cfg.TrustedProxies, cfg.HTTP.IdleTimeout, int64(cfg.Limits.Body), cfg.Limits.InFlight, cfg.Limits.Rate,
		cfg.Metrics.Public, cfg.Outbound.Allow, string(cfg.AdminKey))
	want := "[10.0.0.2/32 fd00::/64 10.0.0.9/32] 1m30s 2097152 7 2.5 true [192.168.1.5/32]me.secretsecret"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUnknownKeys(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"misspelt at the top", "# c\n\nlisten = \"127.0.0.1:1\"\ndat = \"x\"\n", `:4: unknown key "dat"; did you mean "data"?`},
		{"misspelt in a section", "[push]\n# who\nhots = \"x\"", `:3: unknown key "push.hots"; did you mean "push.host"?`},
		{"misspelt section, told once", "data = \"x\"\n[psuh]\nhost = \"x\"", `:2: unknown key "psuh"; did you mean "push"?`},
		{"in the wrong section", "[tls]\n\nlevel = \"info\"", `:3: unknown key "tls.level"; did you mean "log.level"?`},
		{"value of several lines", "trusted_proxies = [\n \"10.0.0.1\",\n]\nallow = [\n]", `:4: unknown key "allow"; did you mean "outbound.allow"?`},
		{"quoted key", "\"li sten\" = 1", `:1: unknown key "\"li sten\""; did you mean "listen"?`},
		{"nothing alike", "zzzzzz = 1", `:1: unknown key "zzzzzz"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, tt.text)
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) || strings.Count(err.Error(), "\n") != 0 {
				t.Errorf("got  %v\nwant …%s", err, tt.want)
			}
		})
	}
	_, err := load(t, "aa1 = 1\n[log]\nlevl = \"x\"\n")
	if err == nil || strings.Count(err.Error(), "unknown key") != 2 {
		t.Errorf("both unknown keys should be told: %v", err)
	}
}

// TestDottedKeys are sections in another spelling.
func TestDottedKeys(t *testing.T) {
	for _, text := range []string{
		"log.level = \"warn\"\r\ncompat.hosts.\"api.example.com\" = \"passkit\"",
		"\ufefflog = { level = \"warn\" }\n[compat.hosts]\n\"api.example.com\" = \"passkit\"",
		"[log]\nlevel = \"warn\"\n[compat]\nhosts = { \"api.example.com\" = \"passkit\" }",
	} {
		cfg, err := load(t, text)
		if err != nil || cfg.Log.Level != "warn" || cfg.Compat.Hosts["api.example.com"] != "passkit" {
			t.Errorf("%s: %v, %v, %v", text, cfg.Log.Level, cfg.Compat.Hosts, err)
		}
	}
}

// TestWrongKinds says how a value is written, in no word of a programming language.
func TestWrongKinds(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"listen = 8080", `:1: listen: write text in quotes: listen = "…"`},
		{"admin_key = 12", `:1: admin_key: write text in quotes: admin_key = "…"`},
		{"trusted_proxies = \"10.0.0.1\"", `:1: trusted_proxies: write a list: trusted_proxies = ["…", "…"]`},
		{"tls = \"acme\"", `:1: tls: write a section, as [tls] in a line of its own`},
		{"[http]\nidle_timeout = \"5\"", `(last key "http.idle_timeout"): invalid duration: "5": write it with a unit, like 30s or 2m`},
		{"[http]\nidle_timeout = true", `:2: http.idle_timeout: write a time in quotes, like "30s" or "2m"`},
		{"[http]\nmax_header = true", `:2: http.max_header: write a size in quotes, like "64KiB" or "10MiB"`},
		{"[log]\naccess = \"yes\"", `:2: log.access: write true or false, without quotes`},
		{"[limits]\nrate = \"5\"", `:2: limits.rate: write a number without quotes`},
		{"[limits]\nin_flight = \"5\"", `:2: limits.in_flight: write a whole number without quotes`},
		{"[compat]\n\nhosts = [\"a.example\"]", `:3: compat.hosts: write pairs: hosts = { "…" = "…" }`},
		{"[compat]\nhosts = \"a.example\"", `:2: compat.hosts: write pairs: hosts = { "…" = "…" }`},
		{"[limits]\nbody = \"2 kb\"", `"2 kb" is not a size: write it like 64KiB or 10MiB`},
	} {
		if _, err := load(t, tt.text); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s:\ngot  %v\nwant …%s", tt.text, err, tt.want)
		}
	}
}

func TestUnknownEnvironment(t *testing.T) {
	_, err := server.Load(server.Sources{Environ: []string{"POCKETPASS_LISTN=x", "POCKETPASS_PSUH_HOST=y"}})
	for _, want := range []string{
		`unknown environment variable POCKETPASS_LISTN; did you mean "POCKETPASS_LISTEN"?`,
		`unknown environment variable POCKETPASS_PSUH_HOST; did you mean "POCKETPASS_PUSH_HOST"?`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	links := []string{"POCKETPASS_SERVICE_HOST=10.0.0.1", "POCKETPASS_PORT=tcp://10.0.0.1:80", "POCKETPASS_PORT_80_TCP_ADDR=10.0.0.1"}
	if _, err := server.Load(server.Sources{Environ: links}); err != nil {
		t.Errorf("variables of Kubernetes' service links: %v", err)
	}
}

func TestSecretFiles(t *testing.T) {
	key := write(t, "key", "me.from-file\n")
	cfg, err := server.Load(server.Sources{Environ: []string{"POCKETPASS_ADMIN_KEY_FILE=" + key}})
	if err != nil || string(cfg.AdminKey) != "me.from-file" {
		t.Errorf("admin key %q, %v", string(cfg.AdminKey), err)
	}
	tests := []struct {
		name, want string
		env        []string
	}{
		{"both", "admin_key and admin_key_file are both set", []string{"POCKETPASS_ADMIN_KEY_FILE=" + key, "POCKETPASS_ADMIN_KEY=a.b"}},
		{"missing", "master_key_file: open", []string{"POCKETPASS_MASTER_KEY_FILE=" + key + ".not"}},
		{"empty", "is empty: write the key into it", []string{"POCKETPASS_MASTER_KEY_FILE=" + write(t, "empty", "\n")}},
		{"huge", "larger than 64KiB", []string{"POCKETPASS_MASTER_KEY_FILE=" + write(t, "huge", strings.Repeat("x", 65<<10))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := server.Load(server.Sources{Environ: tt.env}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	const planted = "planted-7f3a"
	cfg := server.DefaultConfig()
	cfg.AdminKey = "id." + planted
	cfg.MasterKey = planted
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb, cfg)
		fmt.Fprintf(&out, verb, cfg.MasterKey)
	}
	if err := json.NewEncoder(&out).Encode(cfg); err != nil {
		t.Fatal(err)
	}
	if err := toml.NewEncoder(&out).Encode(cfg); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "cfg", cfg, "key", cfg.MasterKey)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "cfg", cfg, "key", cfg.MasterKey)
	cfg.AdminKey = planted
	fmt.Fprint(&out, cfg.Validate())
	for _, form := range []string{planted, fmt.Sprintf("%x", planted)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("a secret was printed as %s", form)
		}
	}
	if !strings.Contains(out.String(), "[secret]") {
		t.Error("nothing was printed in place of the secret")
	}
}

func TestValuesThatAreNotTheirType(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"POCKETPASS_HTTP_IDLE_TIMEOUT", "5", `"5" is not a duration: write it like 30s or 2m`},
		{"POCKETPASS_LIMITS_BODY", "1MB", `"1MB" is not a size: write it like 64KiB or 10MiB`},
		{"POCKETPASS_LIMITS_BODY", "9999999999GiB", "is not a size"},
		{"POCKETPASS_LIMITS_BODY", "-1", "is not a size"},
		{"POCKETPASS_LIMITS_IN_FLIGHT", "many", `"many" is not a whole number`},
		{"POCKETPASS_LIMITS_RATE", "x", `"x" is not a number`},
		{"POCKETPASS_METRICS_PUBLIC", "yes please", "neither true nor false"},
		{"POCKETPASS_TRUSTED_PROXIES", "10.0.0.2,proxy", `"proxy" is not a network`},
		{"POCKETPASS_TRUSTED_PROXIES", "fe80::1%eth0", "is not a network"},
	} {
		_, err := server.Load(server.Sources{Environ: []string{tt.name + "=" + tt.value}})
		if err == nil || !strings.Contains(err.Error(), tt.name+": ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s=%s: got %v, want %s", tt.name, tt.value, err, tt.want)
		}
	}
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	server.BindFlags(fs)
	if err := fs.Parse([]string{"--http-idle-timeout=5"}); err == nil || !strings.Contains(err.Error(), "not a duration") {
		t.Errorf("flag: %v", err)
	}
	if _, err := load(t, "listen = 5"); err == nil || !strings.Contains(err.Error(), "pocketpass.toml:1: ") {
		t.Errorf("file: %v", err)
	}
	if _, err := load(t, "trusted_proxies = [\"x\"]"); err == nil || !strings.Contains(err.Error(), "is not a network") {
		t.Errorf("file: %v", err)
	}
}

func TestSizeAsText(t *testing.T) {
	for _, text := range []string{"0", "1", "1023", "64KiB", "1025KiB", "10MiB", "3GiB"} {
		var s server.Size
		if err := s.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if s.String() != text {
			t.Errorf("%s is written back as %s", text, s)
		}
	}
}
