using System.Diagnostics;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Contexts;

/// <summary>Gateways that are killed by their own kernel, as the first thing it does: at most moments just before its record is written.</summary>
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
                (await RunToItsEndAsync(settings, cancellationToken)).Should().Be(128 + 9, "its kernel kills it");

                // Each gateway ends what the one before has left, so there is never more than one.
                ProcessTable.WithVariable($"KILLER={root.FullName}").Should().HaveCountLessThanOrEqualTo(1);
                TestContext.Out.WriteLine($"recorded: {Recorded(run)}");
            }

            ProcessTable.WithVariable($"KILLER={root.FullName}").Should().ContainSingle("nobody has ended the last one yet");
            await using (await ServerProcess.StartAsync(settings, cancellationToken, "--auth", "none", "--warm", "none", "--prespawn", "0"))
            {
                ProcessTable.WithVariable($"KILLER={root.FullName}").Should().BeEmpty("the gateway looked for it before it listened");
            }

            Directory.GetFileSystemEntries(run).Should().BeEmpty();
        }
        finally
        {
            foreach (var left in ProcessTable.WithVariable($"KILLER={root.FullName}")) Process.GetProcessById(int.Parse(left)).Kill();
            root.Delete(recursive: true);
        }
    }

    // The process id of the gateway is the first word of the file "owner" beside the connection file.
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
        // What it prints fits into the pipes, and is of no interest.
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
