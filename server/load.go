package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"pocketpass/signer/spelling"
)

// maxConfigFile bounds a configuration or secret file, in bytes.
const maxConfigFile = 64 << 10

// Sources is where settings come from. What stands later wins over what stands
// earlier: the defaults, File, Environ, Flags.
type Sources struct {
	File    string   // path of a TOML file; empty means POCKETPASS_CONFIG, and none without it
	Environ []string // as os.Environ returns it; an empty value counts as not set
	Flags   *Flags   // may be nil
	Data    string   // default of data; empty means that of DefaultConfig
}

// Load reads the settings. A misspelt key is an error, not a default. Whatever
// the values break is reported in one error, a line each.
func Load(src Sources) (Config, error) {
	cfg := DefaultConfig()
	cfg.Data = cmp.Or(src.Data, cfg.Data)
	env, err := environment(src.Environ)
	if err != nil {
		return Config{}, err
	}
	if src.File == "" {
		src.File = env[configVariable]
	}
	if err := loadFile(&cfg, src.File); err != nil {
		return Config{}, err
	}
	if err := errors.Join(loadEnvironment(&cfg, env), src.Flags.apply(&cfg)); err != nil {
		return Config{}, err
	}
	if err := cfg.readSecrets(); err != nil {
		return Config{}, err
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

func loadFile(cfg *Config, path string) error {
	if path == "" {
		return nil
	}
	raw, err := ReadGiven(path, maxConfigFile)
	text := string(raw)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := demandKinds(path, text); err != nil {
		return err
	}
	md, err := toml.Decode(text, cfg)
	if err != nil && strings.Contains(err.Error(), "invalid duration") {
		err = fmt.Errorf("%w: write it with a unit, like 30s or 2m", err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var errs []error
	for _, key := range unknownKeys(md) {
		errs = append(errs, fmt.Errorf("%s:%d: unknown key %q%s", path, keyLine(text, key), key.String(), didYouMeanKey(key)))
	}
	return errors.Join(errs...)
}

// unknownKeys returns what no setting took, without the keys of an unknown section.
func unknownKeys(md toml.MetaData) []toml.Key {
	var out []toml.Key
	for _, key := range md.Undecoded() {
		within := func(section toml.Key) bool {
			return len(section) < len(key) && slices.Equal(section, key[:len(section)])
		}
		if !slices.ContainsFunc(out, within) {
			out = append(out, key)
		}
	}
	return out
}

// keyLine returns the line, from 1, at which text sets key. The decoder does not
// tell, so the text is read again line by line: the key stands where a
// beginning of the text first defines it. A beginning that ends inside a value
// of several lines does not parse, and the key is on the line after the last that did.
func keyLine(text string, key toml.Key) int {
	parsed, end, line := 0, 0, 0
	for part := range strings.SplitAfterSeq(text, "\n") {
		line++
		end += len(part)
		var anything map[string]any
		md, err := toml.Decode(text[:end], &anything)
		if err != nil {
			continue
		}
		if md.IsDefined(key...) {
			break
		}
		parsed = line
	}
	return parsed + 1
}

// didYouMeanKey names the nearest key, or the one of that name in another section.
func didYouMeanKey(key toml.Key) string {
	var known []string
	for _, s := range settings {
		known = append(known, s.key())
		if section := s.path[0]; len(s.path) > 1 && !slices.Contains(known, section) {
			known = append(known, section)
		}
	}
	if hint := spelling.DidYouMean(key.String(), known); hint != "" {
		return hint
	}
	for _, s := range settings {
		if s.path[len(s.path)-1] == key[len(key)-1] {
			return fmt.Sprintf("; did you mean %q?", s.key())
		}
	}
	return ""
}

// configVariable names the configuration file; it is the one variable that is no setting.
const configVariable = envPrefix + "CONFIG"

// environment picks the variables of the server out of environ and refuses
// names that no setting has.
func environment(environ []string) (map[string]string, error) {
	known := []string{configVariable}
	for _, s := range settings {
		known = append(known, s.env())
	}
	out := map[string]string{}
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || isServiceLink(name) {
			continue
		}
		if !slices.Contains(known, name) {
			errs = append(errs, fmt.Errorf("unknown environment variable %s%s", name, spelling.DidYouMean(name, known)))
			continue
		}
		if value != "" {
			out[name] = value
		}
	}
	return out, errors.Join(errs...)
}

// isServiceLink reports a variable that Kubernetes sets in every container beside
// a service called pocketpass: POCKETPASS_SERVICE_HOST, POCKETPASS_PORT_80_TCP and so on.
func isServiceLink(name string) bool {
	return strings.HasPrefix(name, envPrefix+"SERVICE_") || name == envPrefix+"PORT" || strings.HasPrefix(name, envPrefix+"PORT_")
}

func loadEnvironment(cfg *Config, env map[string]string) error {
	var errs []error
	for _, s := range settings {
		text, ok := env[s.env()]
		if !ok {
			continue
		}
		if err := set(s.in(cfg), text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.env(), err))
		}
	}
	return errors.Join(errs...)
}

// readSecrets fills each secret from the file that its *_file key names.
func (c *Config) readSecrets() error {
	return errors.Join(
		readSecret(&c.AdminKey, "admin_key", c.AdminKeyFile),
		readSecret(&c.MasterKey, "master_key", c.MasterKeyFile),
		readSecret(&c.Mail.Password, "mail.password", c.Mail.PasswordFile),
		readSecret(&c.SMS.Token, "sms.token", c.SMS.TokenFile),
	)
}

func readSecret(secret *Secret, key, path string) error {
	if path == "" {
		return nil
	}
	if *secret != "" {
		return fmt.Errorf("%s and %s_file are both set: keep one of them", key, key)
	}
	text, err := ReadGiven(path, maxConfigFile)
	if err != nil {
		return fmt.Errorf("%s_file: %w", key, err)
	}
	*secret = Secret(bytes.TrimSpace(text))
	if *secret == "" {
		return fmt.Errorf("%s_file: %s is empty: write the key into it", key, path)
	}
	return nil
}
