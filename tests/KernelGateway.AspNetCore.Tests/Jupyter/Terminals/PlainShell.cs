using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Terminals;

/// <summary>Gives the terminals of these tests a shell that reads no profile: what a profile does takes time and differs.</summary>
[SetUpFixture]
public sealed class PlainShell
{
    private const string Variable = "SHELL";

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;
    private readonly string? _former = Environment.GetEnvironmentVariable(Variable);

    [OneTimeSetUp]
    public void Use()
    {
        if (!OperatingSystem.IsLinux()) return;
        var path = Path.Combine(_directory, "shell");
        File.WriteAllText(path, "#!/bin/sh\nexec /bin/bash --noprofile --norc -i\n");
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        Environment.SetEnvironmentVariable(Variable, path);
    }

    [OneTimeTearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(Variable, _former);
        Directory.Delete(_directory, recursive: true);
    }
}
