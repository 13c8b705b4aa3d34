package server

import (
	"time"

	"pocketpass/push"
	"pocketpass/server/access"
	"pocketpass/server/post"
)

// Config is every setting of the server. It is the only list of them: the toml
// tags name the keys of the file, and the names of environment variables and of
// flags are made from the same tags (see setting). A key tagged secret has no flag,
// because a command line can be read by every user of the machine.
//
// Packages get the values that they need, not the Config.
type Config struct {
	BaseURL        string    `toml:"base_url" help:"address that phones and browsers reach the server at, as https://passes.example.com"`
	Listen         string    `toml:"listen" help:"address and port to listen on; port 0 takes a free one"`
	Data           string    `toml:"data" help:"folder of the database and the keys"`
	Organisation   string    `toml:"organisation" help:"name that passes show where neither their template nor a client of an old service says one"`
	TrustedProxies []Network `toml:"trusted_proxies" help:"addresses or networks of proxies whose X-Forwarded-For header is believed"`

	AdminKey      Secret `toml:"admin_key" secret:"true"`
	AdminKeyFile  string `toml:"admin_key_file" help:"file that holds admin_key"`
	MasterKey     Secret `toml:"master_key" secret:"true"`
	MasterKeyFile string `toml:"master_key_file" help:"file that holds master_key"`

	HTTP     HTTPConfig     `toml:"http"`
	TLS      TLSConfig      `toml:"tls"`
	Log      LogConfig      `toml:"log"`
	Metrics  MetricsConfig  `toml:"metrics"`
	Limits   LimitsConfig   `toml:"limits"`
	Push     PushConfig     `toml:"push"`
	Cache    CacheConfig    `toml:"cache"`
	Outbound OutboundConfig `toml:"outbound"`
	Enrol    EnrolConfig    `toml:"enrol"`
	Mail     MailConfig     `toml:"mail"`
	SMS      SMSConfig      `toml:"sms"`
	Compat   CompatConfig   `toml:"compat"`
}

// HTTPConfig bounds how long a connection may take and how the server stops.
type HTTPConfig struct {
	ReadHeaderTimeout time.Duration `toml:"read_header_timeout" help:"time for a client to send the head of a request"`
	ReadTimeout       time.Duration `toml:"read_timeout" help:"time for a client to send a whole request"`
	WriteTimeout      time.Duration `toml:"write_timeout" help:"time from the head of a request to the end of its answer"`
	IdleTimeout       time.Duration `toml:"idle_timeout" help:"time that an unused connection is kept"`
	MaxHeader         Size          `toml:"max_header" help:"largest head of a request"`
	DrainDelay        time.Duration `toml:"drain_delay" help:"time between /readyz turning red and no longer accepting connections"`
	DrainTimeout      time.Duration `toml:"drain_timeout" help:"time for requests under way to end when the server stops"`
}

// TLSConfig chooses one of three ways: TLSOff, TLSFiles or TLSACME.
type TLSConfig struct {
	Mode          string   `toml:"mode" help:"off (plain HTTP, behind a proxy), files (own certificate) or acme (automatic)"`
	CertFile      string   `toml:"cert_file" help:"certificate and its chain in PEM, for mode files"`
	KeyFile       string   `toml:"key_file" help:"private key in PEM, for mode files"`
	Hosts         []string `toml:"hosts" help:"names to get certificates for, for mode acme"`
	Email         string   `toml:"email" help:"where the certificate authority writes to, for mode acme"`
	ACMEDirectory string   `toml:"acme_directory" help:"directory address of the certificate authority"`
	HTTP1Only     bool     `toml:"http1_only" help:"speak no HTTP/2: some old clients know headers by their capital letters only"`
	ACMECAFile    string   `toml:"acme_ca_file" help:"PEM file of the roots that vouch for acme_directory; empty means the system's"`
	HTTPListen    string   `toml:"http_listen" help:"address for challenges and redirects to https; empty means none"`
}

// The values of TLSConfig.Mode.
const (
	TLSOff   = "off"
	TLSFiles = "files"
	TLSACME  = "acme"
)

// LogConfig shapes the log on standard error.
type LogConfig struct {
	Level  string `toml:"level" help:"debug, info, warn or error"`
	Format string `toml:"format" help:"text, json, or auto: text on a terminal and json otherwise"`
	Access bool   `toml:"access" help:"log every request; refusals of the server's own (5xx) are always logged"`
}

// MetricsConfig says who may read /metrics.
type MetricsConfig struct {
	Listen string `toml:"listen" help:"address of a listener for /metrics alone; empty means the main one"`
	Public bool   `toml:"public" help:"serve /metrics on the main listener to everybody, not only to this machine"`
}

// LimitsConfig bounds what clients may ask of the server.
type LimitsConfig struct {
	Body        Size    `toml:"body" help:"largest body of a request"`
	Upload      Size    `toml:"upload" help:"largest body of a request that uploads files"`
	Import      Size    `toml:"import" help:"largest table, or file of many passes, that is imported"`
	InFlight    int     `toml:"in_flight" help:"requests handled at the same time; more are answered 503"`
	Rate        float64 `toml:"rate" help:"requests a second per client address; 0 means no limit"`
	RateBurst   int     `toml:"rate_burst" help:"requests that a client may make at once before rate applies"`
	RateClients int     `toml:"rate_clients" help:"client addresses remembered for rate"`

	ChildOrganisations int `toml:"child_organisations" help:"organisations that another one may make; 0 means none"`
}

// PushConfig names the push service.
type PushConfig struct {
	Host   string `toml:"host" help:"address of the push service; empty means Apple's"`
	CAFile string `toml:"ca_file" help:"PEM file of the roots that vouch for host; empty means the system's"`

	PushType string `toml:"push_type" help:"kind of push: background, or absent to name none"`
	Priority int    `toml:"priority" help:"priority of a push: 5 with regard to the battery or 10 at once"`
}

// CacheConfig bounds what is kept in memory.
type CacheConfig struct {
	Sealed Size `toml:"sealed" help:"memory for sealed passes"`
}

// OutboundConfig bounds requests to addresses that users enter.
type OutboundConfig struct {
	Allow        []Network     `toml:"allow" help:"inner addresses or networks that may be called all the same"`
	Timeout      time.Duration `toml:"timeout" help:"time for one call, redirects included"`
	MaxBody      Size          `toml:"max_body" help:"largest answer that is read"`
	MaxRedirects int           `toml:"max_redirects" help:"redirects that are followed"`
}

// MailConfig names the server that mails go through.
type MailConfig struct {
	Host         string        `toml:"host" help:"name of the mail server; empty means that no mail is sent"`
	Port         int           `toml:"port" help:"port of the mail server; 0 means the usual one: 587, 465 with tls implicit, 25 with none"`
	TLS          string        `toml:"tls" help:"starttls, implicit (TLS from the first byte) or none"`
	CAFile       string        `toml:"ca_file" help:"PEM file of the roots that vouch for the mail server; empty means the system's"`
	Username     string        `toml:"username" help:"name to sign in with; empty means not to sign in"`
	Password     Secret        `toml:"password" secret:"true"`
	PasswordFile string        `toml:"password_file" help:"file that holds the password"`
	From         string        `toml:"from" help:"address that mails come from"`
	FromName     string        `toml:"from_name" help:"name that mails come from"`
	Timeout      time.Duration `toml:"timeout" help:"time for one mail"`
}

// SMSConfig names the gateway that text messages go through.
type SMSConfig struct {
	Kind      string `toml:"kind" help:"twilio or webhook; empty means that no text messages are sent"`
	URL       string `toml:"url" help:"address of the gateway; empty means Twilio's own"`
	Account   string `toml:"account" help:"account SID, for twilio"`
	Token     Secret `toml:"token" secret:"true"`
	TokenFile string `toml:"token_file" help:"file that holds the token"`
	Header    string `toml:"header" help:"header that holds the token, for webhook; empty means Authorization: Bearer"`
	From      string `toml:"from" help:"number or name of the sender"`
	Service   string `toml:"service" help:"messaging service SID, for twilio, instead of from"`
}

// EnrolConfig is about the pages of links.
type EnrolConfig struct {
	ScriptsHost string `toml:"scripts_host" help:"host name at which pages of links and of their passes run scripts of their owners; empty runs none"`
}

// CompatConfig is about clients of old services.
type CompatConfig struct {
	Hosts map[string]string `toml:"hosts" help:"host names at whose roots an old service answers, as api.walletkit.com=walletkit"`

	VerifyFiles bool `toml:"verify_files" help:"refuse passes that are uploaded with a signature that Wallet would not take"`

	HideChildPasswords bool `toml:"hide_child_passwords" help:"show the password of a Passworks child organisation only when it is made or refreshed"`

	WalletKitObject    bool `toml:"walletkit_object" help:"answer a WalletKit template that is asked for alone as an object, not as an array with it"`
	WalletKitAnyFields bool `toml:"walletkit_any_fields" help:"take WalletKit templates with more fields than their kind of pass has room for"`

	PassworksLimits     bool          `toml:"passworks_limits" help:"refuse more than 5000 requests an hour of a Passworks client; otherwise only its headers tell"`
	PassworksPushMerges bool          `toml:"passworks_push_merges" help:"a push to a Passworks campaign brings its passes up to date first, as the oldest documents say"`
	PassKitAhead        time.Duration `toml:"passkit_ahead" help:"how far ahead the token of a PassKit client may expire"`
	PassKitRate         int           `toml:"passkit_rate" help:"requests a second that each PassKit client may make; 0 means no limit"`
	PassKitBurst        int           `toml:"passkit_burst" help:"requests that a PassKit client may make at once where they are limited"`
	PassKitMail         bool          `toml:"passkit_mail" help:"send a pass that a PassKit client issues to its recovery address"`
}

// defaultAuthority is the directory of Let's Encrypt.
const defaultAuthority = "https://acme-v02.api.letsencrypt.org/directory"

// DefaultConfig returns the settings of a server that was told nothing: it
// listens on loopback only and calls nobody but Apple.
func DefaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8080",
		Data:   "data",
		HTTP: HTTPConfig{
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       time.Minute,
			WriteTimeout:      2 * time.Minute,
			IdleTimeout:       2 * time.Minute,
			MaxHeader:         320 << 10, // clients of PassTools send whole models in addresses
			DrainTimeout:      20 * time.Second,
		},
		TLS: TLSConfig{
			Mode:          TLSOff,
			ACMEDirectory: defaultAuthority,
			HTTPListen:    ":80",
		},
		Log: LogConfig{Level: "info", Format: "auto", Access: true},
		Limits: LimitsConfig{Body: 1 << 20, Upload: 10 << 20, Import: 256 << 20, InFlight: 1024, RateBurst: 100, RateClients: 10_000,
			ChildOrganisations: access.DefaultChildren},
		Push:  PushConfig{PushType: string(push.Background), Priority: 5},
		Cache: CacheConfig{Sealed: 32 << 20},
		Outbound: OutboundConfig{
			Timeout:      10 * time.Second,
			MaxBody:      10 << 20,
			MaxRedirects: 3,
		},
		Mail:   MailConfig{TLS: post.StartTLS, Timeout: 30 * time.Second},
		Compat: CompatConfig{PassKitAhead: 6 * time.Minute, PassKitBurst: 100},
	}
}
