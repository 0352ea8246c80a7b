using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Runs scripts from the directory <c>clients</c>, each of which drives a real client, until they end.</summary>
internal static class ClientScript
{
    /// <summary>The directory of the scripts.</summary>
    public static readonly string Directory = Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients");

    /// <summary>The interpreter with the Python clients: Debian's, or the virtual environment of the installation scripts.</summary>
    public static readonly string Python =
        Environment.GetEnvironmentVariable("KERNELGATEWAY__LAUNCHING__PYTHONINTERPRETER") ?? "/usr/bin/python3";

    private static readonly ConcurrentDictionary<string, bool> Modules = new();

    /// <summary>Ignores the test when an npm package is not installed.</summary>
    public static void RequireNodePackage(string name)
    {
        if (!System.IO.Directory.Exists(Path.Combine(Directory, "node_modules", name)))
        {
            Assert.Ignore($"The npm package {name} is not installed; ./test.sh installs it.");
        }
    }

    /// <summary>Ignores the test when Python modules are not installed.</summary>
    public static void RequirePythonModules(string names)
    {
        if (!Modules.GetOrAdd(names, CanImport)) Assert.Ignore($"{Python} cannot import {names}; ./test.sh installs it.");
    }

    /// <summary>Runs <c>node SCRIPT ARGUMENTS</c>, asserts that it succeeds and returns its output.</summary>
    public static Task<string> RunNodeAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync("node", arguments, environment, cancellationToken);

    /// <summary>Runs <c>python3 SCRIPT ARGUMENTS</c>, asserts that it succeeds and returns its output.</summary>
    public static Task<string> RunPythonAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync(Python, arguments, environment, cancellationToken);

    private static async Task<string> RunAsync(
        string command, string[] arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', arguments)} did not end in time:\n{await output}{await errors}");
        }

        process.ExitCode.Should().Be(0, "{0}{1}", await output, await errors);
        TestContext.Out.Write(await output);
        return await output;
    }

    private static bool CanImport(string names)
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", $"import {names}"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
