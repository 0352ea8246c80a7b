using System.Diagnostics;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Contexts;

/// <summary>Gateways that are killed by their own kernel as soon as it starts, in most cases just before its record is written.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class KilledGatewayTests
{
    private const int Gateways = 6;

    [Test]
    [CancelAfter(180_000)]
    public async Task Kernels_that_a_killed_gateway_had_just_started_are_ended_by_the_next(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("killed-");
        try
        {
            var run = Path.Combine(root.FullName, "run");
            var settings = WriteKernelSpec(root);
            settings["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = run;
            for (var i = 0; i < Gateways; i++)
            {
                (await RunToItsEndAsync(settings, cancellationToken)).Should().Be(128 + 9, "the kernel kills the gateway");

                // Each gateway ends the kernel of the one before, so there is at most one kernel.
                ProcessTable.WithVariable($"KILLER={root.FullName}").Should().HaveCountLessThanOrEqualTo(1);
                TestContext.Out.WriteLine($"recorded: {Recorded(run)}");
            }

            ProcessTable.WithVariable($"KILLER={root.FullName}").Should().ContainSingle("no gateway has ended the last kernel yet");
            await using (await ServerProcess.StartAsync(settings, cancellationToken, "--auth", "none", "--warm", "none", "--prespawn", "0"))
            {
                ProcessTable.WithVariable($"KILLER={root.FullName}").Should().BeEmpty("the gateway ends orphans before it listens");
            }

            Directory.GetFileSystemEntries(run).Should().BeEmpty();
        }
        finally
        {
            foreach (var left in ProcessTable.WithVariable($"KILLER={root.FullName}")) Process.GetProcessById(int.Parse(left)).Kill();
            root.Delete(recursive: true);
        }
    }

    // The first word of the file "owner" beside the connection file is the process id of the gateway.
    private static Dictionary<string, string> WriteKernelSpec(DirectoryInfo root)
    {
        var spec = root.CreateSubdirectory(Path.Combine("kernels", "killer"));
        var json = new JObject
        {
            ["argv"] = new JArray(
                "/bin/sh", "-c", "read gateway rest < \"${0%/*}/owner\"; kill -9 \"$gateway\"; exec sleep 600", "{connection_file}"),
            ["display_name"] = "Killer",
            ["language"] = "killer",
            ["env"] = new JObject { ["KILLER"] = root.FullName },
        };
        File.WriteAllText(Path.Combine(spec.FullName, "kernel.json"), json.ToString());
        return new Dictionary<string, string>
        {
            ["JUPYTER_PATH"] = root.FullName,
            ["KERNELGATEWAY__LANGUAGES__DEFAULTLANGUAGE"] = "killer",
        };
    }

    private static async Task<int> RunToItsEndAsync(Dictionary<string, string> settings, CancellationToken cancellationToken)
    {
        // The output fits into the pipes and is not read.
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "serve", "--port", "0", "--auth", "none", "--warm", "none", "--prespawn", "1",
            },
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string Recorded(string run) => string.Join(
        ", ",
        Directory.GetFiles(run, "record-*.json", SearchOption.AllDirectories).Select(path => (int)JObject.Parse(File.ReadAllText(path))["process_id"]! != 0));
}
