using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>A pseudo terminal: this process has the master, the programs in the terminal have the slave. Linux only.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private PseudoTerminal(SafeHandle master, SafeHandle slave, string slavePath)
    {
        Master = master;
        Slave = slave;
        SlavePath = slavePath;
    }

    internal SafeHandle Master { get; }

    /// <summary>
    /// Gets the other end. Without an open slave the master reports a hangup, so it is closed only when the process has it.
    /// </summary>
    internal SafeHandle Slave { get; }

    internal string SlavePath { get; }

    /// <summary>Opens a terminal.</summary>
    /// <param name="columns">The number of columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="owner">The user and the group whose programs open it by name; null for the user of this process.</param>
    /// <exception cref="IOException">The system has no terminal left.</exception>
    internal static PseudoTerminal Open(int columns, int rows, (uint UserId, uint GroupId)? owner)
    {
        var master = TerminalCalls.OpenMaster();
        SafeHandle? slave = null;
        try
        {
            LibC.SetNonBlocking((int)master.DangerousGetHandle());
            var path = TerminalCalls.GetSlavePath(master);
            TerminalCalls.SetSize(master, columns, rows);
            slave = OutputPipe.AboveStandardStreams(TerminalCalls.OpenSlave(path));
            TerminalCalls.ExpectUtf8(slave);
            if (owner is { } user) LibC.ChangeOwner(slave, user.UserId, user.GroupId);
            return new PseudoTerminal(master, slave, path);
        }
        catch
        {
            slave?.Dispose();
            master.Dispose();
            throw;
        }
    }

    /// <summary>Closes both ends: for a terminal whose process was not started.</summary>
    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }
}
