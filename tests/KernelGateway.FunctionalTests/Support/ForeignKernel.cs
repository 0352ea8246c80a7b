using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>An ipykernel that the test starts without a gateway. It writes its own connection file.</summary>
internal sealed class ForeignKernel : IDisposable
{
    private readonly Process _process;

    private ForeignKernel(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public bool IsRunning => !_process.HasExited;

    public static ForeignKernel Start(string connectionFile)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python)) Assert.Ignore($"There is no {Python} to start an ipykernel with.");
        // A loopback address of its own: no other program takes its ports while one kernel follows another.
        string[] address = File.Exists(connectionFile)
            ? []
            : [string.Create(CultureInfo.InvariantCulture, $"--ip=127.{Random.Shared.Next(64, 128)}.{Random.Shared.Next(256)}.{Random.Shared.Next(1, 255)}")];
        var start = new ProcessStartInfo(Python, ["-m", "ipykernel_launcher", "-f", connectionFile, .. address])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ForeignKernel(process);
    }

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
