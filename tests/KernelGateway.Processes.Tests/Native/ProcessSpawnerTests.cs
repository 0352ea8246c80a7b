using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Native;

[Platform("Linux")]
public sealed class ProcessSpawnerTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Inherited_handles_have_the_numbers_of_their_order_and_no_other_is_inherited(CancellationToken token)
    {
        SafeHandle[] files = [.. "abcdefg".Select(letter => MemoryFile.Create("test", [(byte)letter]))];
        // Backwards, so that the number of each is one that another gets.
        Array.Reverse(files);
        using var output = MemoryFile.Create("output", []);
        var request = new SpawnRequest
        {
            ProgramPath = "/bin/sh",
            Argv = ["sh", "-c", "cat <&3; cat <&4; cat <&5; cat <&6; cat <&7; cat <&8; cat <&9; ls /proc/self/fd | wc -l"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
            StandardOutput = output,
            StandardError = output,
            InheritedHandles = files,
        };

        var process = ProcessMonitor.Shared.Start(() =>
        {
            ProcessSpawner.TrySpawn(request, out var processId).Should().Be(0);
            return MonitoredProcess.ForDetachedChild(processId);
        });
        var exit = await process.Exited.WaitAsync(token);

        exit.ExitCode.Should().Be(0);
        var text = new byte[RandomAccess.GetLength(output)];
        RandomAccess.Read(output, text, fileOffset: 0);
        // The streams, the seven, and the directory that is listed.
        System.Text.Encoding.UTF8.GetString(text).Should().Be("gfedcba11\n");
        foreach (var file in files) file.Dispose();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Terminal_is_the_controlling_one_also_when_the_standard_input_is_something_else(CancellationToken token)
    {
        using var terminal = PseudoTerminal.Open(80, 24, owner: null);
        using var input = MemoryFile.Create("input", "from a file\n"u8);
        using var output = MemoryFile.Create("output", []);
        var request = new SpawnRequest
        {
            ProgramPath = "/bin/sh",
            Argv = ["sh", "-c", "cat; tty </dev/tty"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
            StandardInput = input,
            StandardOutput = output,
            StandardError = terminal.Slave,
            TerminalPath = terminal.SlavePath,
        };

        var process = ProcessMonitor.Shared.Start(() =>
        {
            ProcessSpawner.TrySpawn(request, out var processId).Should().Be(0);
            return MonitoredProcess.ForDetachedChild(processId);
        });
        await process.Exited.WaitAsync(token);

        var text = new byte[RandomAccess.GetLength(output)];
        RandomAccess.Read(output, text, fileOffset: 0);
        System.Text.Encoding.UTF8.GetString(text).Should().Be("from a file\n/dev/tty\n");
    }
}
