package smoke

import (
	"regexp"
	"time"
)

// Spec is what a gauntlet file says about services and smoke steps.
type Spec struct {
	File     string // for messages
	Jobs     int    // steps at a time; 0: as many as there are processors
	Services []Service
	Steps    []Step
}

// Service is a program that steps need.
type Service struct {
	Name         string
	Line         int
	Run          Command // none: it must be up already
	Env          []Variable
	Dir          string   // where it runs, seen from the gauntlet file
	Needs        []string // services and steps that come before it
	Ready        Ready
	ReadyTimeout time.Duration
	Stop         Stop
	Ports        []Port // with a number of their own
	Persistent   bool   // used when it is up already, and not stopped then
}

// Step is a command that passes or fails.
type Step struct {
	Name    string
	Line    int
	Run     Command
	Env     []Variable
	Dir     string
	Needs   []string // services and steps that come before it
	Timeout time.Duration
	Grace   time.Duration // between TERM and KILL when the time is up
	Retries int           // more tries after the first
	Locks   []string      // names that no two steps hold at the same time
	Tags    []string
	Format  Format
	Report  string // of the format junit: the file, seen from Dir
}

// Command is a program with its arguments, or a line for the shell.
type Command struct {
	Args  []string
	Shell string
}

func (c Command) none() bool { return len(c.Args) == 0 && c.Shell == "" }

// Variable is one of an environment.
type Variable struct{ Name, Value string }

// Port is a port by its name.
type Port struct {
	Name   string
	Number int // 0: any that is free
	line   int
}

// Ready says when a service is ready. One of the fields is set.
type Ready struct {
	HTTP string         // this address answers with a status from 200 to 399
	TCP  string         // this address takes a connection
	Log  *regexp.Regexp // a line of its output matches
	Exec Command        // this command ends with 0
	Exit *int           // it has ended itself with this status: it is a one-shot
}

// Stop says how a service is stopped.
type Stop struct {
	Signal string        // TERM, INT, HUP, QUIT, USR1, USR2 or KILL
	Grace  time.Duration // until it is killed
}

// Format is how a step tells its results.
type Format string

// The formats. Exit has no results but the exit status.
const (
	Exit   Format = "exit"
	GoTest Format = "gotest"
	TAP    Format = "tap"
	JUnit  Format = "junit"
)

// What stands where a file says nothing.
const (
	defaultReadyTimeout = 30 * time.Second
	defaultGrace        = 5 * time.Second
	defaultTimeout      = 5 * time.Minute
)

func (s *Spec) service(name string) *Service {
	for i := range s.Services {
		if s.Services[i].Name == name {
			return &s.Services[i]
		}
	}
	return nil
}
