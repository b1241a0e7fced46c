package procgroup

import (
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system is a job object, which descendants belong to as well. Those that the command
// starts before it has been put into the job are not reached.
type system struct {
	pid uint32
	job windows.Handle // 0 when the system gave none: then only the command itself is ended
}

func (s *system) start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_NEW_PROCESS_GROUP
	if err := cmd.Start(); err != nil {
		return err
	}
	s.pid = uint32(cmd.Process.Pid) //nolint:gosec // process ids are 32 bits wide
	if job, err := newJob(s.pid); err == nil {
		s.job = job
	}
	return nil
}

func newJob(pid uint32) (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))) //nolint:gosec // the call takes a pointer and its size
	if err == nil {
		err = assign(job, pid)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}

func assign(job windows.Handle, pid uint32) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing to be done about it
	return windows.AssignProcessToJobObject(job, process)
}

// ID is the number by which the system knows the group.
func (g *Group) ID() int { return int(g.pid) }

// Terminate asks as Ctrl-Break does, which programs may handle.
func (g *Group) Terminate() {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, g.pid)
}

// Signal asks the group to end, or ends it: there are no other signals here.
func (g *Group) Signal(sig syscall.Signal) {
	if sig == syscall.SIGKILL {
		g.Kill()
		return
	}
	g.Terminate()
}

// Kill ends the group.
func (g *Group) Kill() {
	if g.job != 0 {
		_ = windows.TerminateJobObject(g.job, 1)
		return
	}
	_ = g.cmd.Process.Kill()
}

// Close releases the job, which ends what is left of it.
func (g *Group) Close() {
	if g.job != 0 {
		_ = windows.CloseHandle(g.job)
		g.job = 0
	}
}

// basicAccounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type basicAccounting struct {
	totalUserTime, totalKernelTime, thisPeriodUserTime, thisPeriodKernelTime int64
	totalPageFaultCount, totalProcesses, activeProcesses, totalTerminated    uint32
}

const basicAccountingClass = 1 // JobObjectBasicAccountingInformation

// Left tells how many processes of the job still run; which ones is not known here.
func (g *Group) Left() []Process {
	var info basicAccounting
	if g.job == 0 || windows.QueryInformationJobObject(g.job, basicAccountingClass,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil) != nil { //nolint:gosec // the call takes a pointer and its size
		return nil
	}
	return make([]Process, info.activeProcesses)
}

// killMarked has nothing to do: who is in the job cannot leave it.
func killMarked(Mark) bool { return false }
