package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"

	"scrum/cluster"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
)

// clusterFlags say where the cluster and its blob store are.
type clusterFlags struct {
	address   string
	namespace string
	blobs     string
}

func (f *clusterFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.address, "address", "", "the Temporal server, `HOST:PORT` (also TEMPORAL_ADDRESS; 127.0.0.1:7233 without either)")
	fs.StringVar(&f.namespace, "namespace", "", "the `NAMESPACE` at the server (also TEMPORAL_NAMESPACE)")
}

func (f *clusterFlags) registerBlobs(fs *pflag.FlagSet) {
	fs.StringVar(&f.blobs, "blobs", "", "where requests and answers are kept for all: a shared `DIR`, or s3://bucket?region=… (also SCRUM_CLUSTER_BLOBS)")
}

const clusterHelp = `SCRUM_CLUSTER_KEY, 32 random bytes in base64, encrypts what goes through the
server and the blob store; it must be the same everywhere. TEMPORAL_* variables
(address, namespace, API key, TLS) are those of all clients of Temporal.`

func (f *clusterFlags) connect(ctx context.Context, p *process) (client.Client, *cluster.Cipher, error) {
	cipher, err := cluster.NewCipher(p.getenv("SCRUM_CLUSTER_KEY"))
	if err != nil {
		return nil, nil, usageErrorf("SCRUM_CLUSTER_KEY: %w", err)
	}
	c, err := cluster.Connection{Address: f.address, Namespace: f.namespace, Cipher: cipher, Getenv: p.getenv, Environ: p.env}.Dial(ctx)
	return c, cipher, err
}

func (f *clusterFlags) open(ctx context.Context, p *process, c *cluster.Cipher) (*cluster.Blobs, error) {
	where := f.blobs
	if where == "" {
		where = p.getenv("SCRUM_CLUSTER_BLOBS")
	}
	if where == "" {
		return nil, usageErrorf("where are requests and answers to be kept? --blobs DIR or s3://bucket, or SCRUM_CLUSTER_BLOBS; the same for all workers and all who submit")
	}
	b, err := cluster.OpenBlobs(ctx, where, c)
	if err != nil {
		return nil, err
	}
	if err := b.Check(ctx); err != nil {
		_ = b.Close()
		return nil, fmt.Errorf("trying the blob store: %w", err)
	}
	return b, nil
}

const submitHelp = `Review a change on a Temporal cluster: the same review as scrum review makes, with
models asked by the workers of the cluster. What needs the tree or is a program
(analysers, agents) runs here.

With --wait the report and the exit status are those of scrum review. Without it
the review is only started. The same submission again joins the one that is under
way, or takes its result: identical work is done once.`

type submitFlags struct {
	reviewFlags
	clusterFlags
	wait bool
}

func newSubmit(p *process) *cobra.Command {
	var f submitFlags
	cmd := &cobra.Command{
		Use:   "submit [RANGE]",
		Short: "Review a change on a Temporal cluster",
		Long:  submitHelp + "\n\n" + clusterHelp + "\n\n" + exitCodes,
		Example: `  scrum submit --wait --blobs /srv/scrum-blobs
  scrum submit main...feature --address temporal.example.com:7233 --blobs 's3://reviews?region=eu-central-1'
  scrum submit --wait --format json`,
		RunE: func(cmd *cobra.Command, args []string) error { return runSubmit(cmd.Context(), p, &f, args) },
	}
	rangeArgument(cmd)
	f.registerAll(cmd)
	f.clusterFlags.register(cmd.Flags()) //nolint:staticcheck // the flags of a review have a register too
	f.registerBlobs(cmd.Flags())
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for the answers, report and decide")
	return cmd
}

func runSubmit(ctx context.Context, p *process, f *submitFlags, args []string) error {
	if f.maxCost > 0 {
		return usageErrorf("scrum submit cannot hold a review to --max-cost: workers do not know what the others have spent; scrum review can")
	}
	if !f.wait && f.verify != "" {
		return usageErrorf("--verify needs the answers first: add --wait")
	}
	return f.submitted(ctx, p, func(fan cluster.Fan) error {
		return runReviewWith(ctx, p, &f.reviewFlags, args, func(ctx context.Context, p *process, j reviewJob) error {
			if f.wait {
				j.options.Fan = fan.On
				return review(ctx, p, j)
			}
			return begin(ctx, p, j, fan)
		})
	})
}

// submitted does something with the cluster that the flags name.
func (f *clusterFlags) submitted(ctx context.Context, p *process, do func(cluster.Fan) error) error {
	c, cipher, err := f.connect(ctx, p)
	if err != nil {
		return err
	}
	defer c.Close()
	blobs, err := f.open(ctx, p, cipher)
	if err != nil {
		return err
	}
	defer func() { _ = blobs.Close() }()
	return do(cluster.Fan{Client: c, Blobs: blobs,
		Started: func(id string, joined bool) {
			how := "started"
			if joined {
				how = "joined"
			}
			fmt.Fprintf(p.stderr, "  %s %s on the cluster\n", how, report.Line(id))
		}})
}

// begin starts the review and leaves it to the cluster.
func begin(ctx context.Context, p *process, j reviewJob, fan cluster.Fan) error {
	prepared, err := run.Prepare(ctx, j.options)
	if err != nil {
		return err
	}
	defer func() { _ = prepared.Close() }()
	if err := prepared.Plan.CheckGuards(); err != nil {
		return err
	}
	announce(p, prepared)
	return prepared.Begin(ctx, func(ctx context.Context, g run.Ground, seats []reviewers.Seat) error {
		n, err := fan.Begin(ctx, g, seats)
		if err == nil && n == 0 {
			err = usageErrorf("no reviewer of the panel can be asked on a cluster: analysers and commands run where the tree is; scrum review does it")
		}
		if err == nil {
			fmt.Fprintf(p.stdout, "%s under way; the same command with --wait has the result\n", counted(n, "seat"))
		}
		return err
	})
}

const workerHelp = `Ask models for all who submit to a Temporal cluster. A worker serves the providers
of its own configuration whose keys are in its environment; a submission cannot make
it send a key elsewhere. Start as many as you like, on any machines that reach the
server and the blob store.

Requests a minute (rpm) are held by the server over all workers together; requests
at a time (concurrency) by each worker for itself. When it is told to end (Ctrl-C,
TERM), seats under way get a grace, then another worker asks them again.

With --checkout NAME=DIR it also runs what scrum schedule has put there.`

type workerFlags struct {
	clusterFlags
	config          string
	concurrency     int
	grace           time.Duration
	noOrchestration bool
	checkouts       []string
}

func newWorker(p *process) *cobra.Command {
	var f workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Ask models for a Temporal cluster",
		Long:  workerHelp + "\n\n" + clusterHelp,
		Example: `  scrum worker --blobs /srv/scrum-blobs
  scrum worker --config providers.yaml --concurrency 32 --blobs 's3://reviews?region=eu-central-1'
  scrum worker --blobs /srv/scrum-blobs --checkout product=/srv/product`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runWorker(cmd.Context(), p, &f) },
	}
	f.register(cmd.Flags())
	f.registerBlobs(cmd.Flags())
	cmd.Flags().StringVar(&f.config, "config", "", "the providers are in this configuration `FILE`")
	cmd.Flags().IntVar(&f.concurrency, "concurrency", 16, "seats at a time for each provider that sets no concurrency")
	cmd.Flags().DurationVar(&f.grace, "grace", 30*time.Second, "how long seats under way may go on at the end")
	cmd.Flags().BoolVar(&f.noOrchestration, "no-orchestration", false, "ask only; leave the workflows to other workers")
	cmd.Flags().StringArrayVar(&f.checkouts, "checkout", nil, "a repository that schedules may run in, `NAME=DIR`; may be repeated")
	return cmd
}

func runWorker(ctx context.Context, p *process, f *workerFlags) error {
	checkouts, err := f.repositories(p)
	if err != nil {
		return err
	}
	serving, err := run.Providers(ctx, run.Settings{File: f.config, Environ: p.env, UserFile: userConfig(p)}, p.getenv)
	if err != nil {
		return err
	}
	c, cipher, err := f.connect(ctx, p)
	if err != nil {
		return err
	}
	defer c.Close()
	blobs, err := f.open(ctx, p, cipher)
	if err != nil {
		return err
	}
	defer func() { _ = blobs.Close() }()
	for _, why := range serving.Without {
		fmt.Fprintf(p.stderr, "scrum: not served: %s\n", report.Line(why))
	}
	w := cluster.Worker{Client: c, Blobs: blobs, Providers: serving.Providers, Orchestrate: !f.noOrchestration,
		Concurrency: f.concurrency, Grace: f.grace, Checkouts: checkouts}
	fmt.Fprintf(p.stderr, "scrum: serving %s; Ctrl-C ends\n", f.serves(serving.Providers))
	return w.Run(ctx)
}

func (f *workerFlags) serves(providers []reviewers.Provider) string {
	var out []string
	for _, p := range providers {
		out = append(out, fmt.Sprintf("%s (%s)", report.Line(p.Name), report.Line(p.Host())))
	}
	if !f.noOrchestration {
		out = append(out, "workflows")
	}
	for _, c := range f.checkouts {
		out = append(out, "checkout "+report.Line(c))
	}
	return strings.Join(out, ", ")
}

func (f *workerFlags) repositories(p *process) (map[string]cluster.Checkout, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	out := map[string]cluster.Checkout{}
	for _, c := range f.checkouts {
		name, dir, ok := strings.Cut(c, "=")
		if !ok || name == "" || dir == "" {
			return nil, usageErrorf("--checkout %s must look like NAME=DIR", c)
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
			return nil, usageErrorf("--checkout %s: %s is no git repository: %w", c, dir, err)
		}
		out[name] = cluster.Checkout{Dir: dir, Program: program, Environ: p.env}
	}
	return out, nil
}

func newSchedule(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Run the gauntlet or a review every night on a Temporal cluster",
		Long: `Let the Temporal server start a command of this program again and again, in a
checkout that a worker serves (scrum worker --checkout NAME=DIR).

` + clusterHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newScheduleCreate(p), newScheduleList(p),
		newScheduleDo(p, "delete", "Remove a schedule", cluster.Unschedule), newScheduleDo(p, "trigger", "Run a schedule's command now", cluster.Trigger))
	return cmd
}

func newScheduleCreate(p *process) *cobra.Command {
	var f clusterFlags
	var s cluster.Schedule
	cmd := &cobra.Command{
		Use:   "create NAME -- COMMAND [FLAG]…",
		Short: "Make a schedule",
		Example: `  scrum schedule create nightly --checkout product --cron '0 2 * * *' -- gauntlet --quiet
  scrum schedule create daily --checkout product --cron '0 7 * * 1-5' --zone Europe/Berlin -- review --since 24h`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageErrorf("scrum schedule create takes a name and a command, as in: scrum schedule create nightly --checkout product --cron '0 2 * * *' -- gauntlet")
			}
			s.Name, s.Job.Args = args[0], args[1:]
			if err := s.Job.Check(); err != nil {
				return usageErrorf("%w", err)
			}
			return f.with(cmd.Context(), p, func(c client.Client) error {
				if err := s.Create(cmd.Context(), c); err != nil {
					return err
				}
				fmt.Fprintf(p.stdout, "made the schedule %s\n", report.Line(s.Name))
				return nil
			})
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&s.Cron, "cron", "0 2 * * *", "when, as five fields of `CRON`")
	cmd.Flags().StringVar(&s.Zone, "zone", "", "the time `ZONE` of it, such as Europe/Berlin; UTC without")
	cmd.Flags().StringVar(&s.Job.Repo, "checkout", "", "the `NAME` of the checkout that a worker serves")
	return cmd
}

func newScheduleList(p *process) *cobra.Command {
	var f clusterFlags
	cmd := &cobra.Command{
		Use: "list", Short: "List the schedules, with their last and next time", Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), p, func(c client.Client) error {
				all, err := cluster.Schedules(cmd.Context(), c)
				if err != nil {
					return err
				}
				if len(all) == 0 {
					fmt.Fprintln(p.stderr, "scrum: there is no schedule; scrum schedule create makes one")
				}
				for _, d := range all {
					fmt.Fprintf(p.stdout, "%s\tlast %s\tnext %s\n", report.Line(d.Name), when(d.Last), when(d.Next))
				}
				return nil
			})
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func newScheduleDo(p *process, name, short string, do func(context.Context, client.Client, string) error) *cobra.Command {
	var f clusterFlags
	cmd := &cobra.Command{
		Use: name + " NAME", Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum schedule %s takes the name of one schedule; scrum schedule list has them", name)
			}
			return f.with(cmd.Context(), p, func(c client.Client) error { return do(cmd.Context(), c, args[0]) })
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *clusterFlags) with(ctx context.Context, p *process, do func(client.Client) error) (err error) {
	c, _, err := f.connect(ctx, p)
	if err != nil {
		return err
	}
	defer c.Close()
	return errors.Join(err, do(c))
}
