using System.Diagnostics;
using System.Runtime.Versioning;
using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>
/// A copy of the scripts in which every program that would install, build or test something is replaced by a stub that records its arguments.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ScriptBench : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("scripts-");
    private readonly Dictionary<string, string> _environment = [];

    public ScriptBench()
    {
        foreach (var script in new[] { "run.sh", "test.sh", "scripts/prerequisites.sh", "scripts/leftovers.sh", ".ci/run" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(script))!);
            File.Copy(Repository.PathOf(script), PathOf(script));
        }

        foreach (var project in new[] { "One.Tests", "Two.Tests", "KernelGateway.FunctionalTests/clients" }) _root.CreateSubdirectory($"tests/{project}");
        Write("tests/KernelGateway.FunctionalTests/clients/package.json", "{\n    \"ws\": \"8.0.0\"\n}\n");
        Write("tests/KernelGateway.FunctionalTests/clients/package-lock.json", "{}");
        // The variable OUTCOMES contains the outcomes of the tests.
        Stub("dotnet", """
            case $1 in
              --list-sdks) echo "10.0.100 [/sdk]" ;;
              test)
                mkdir -p artifacts/test-results
                eval "$WHILE_TESTING"
                for outcome in $OUTCOMES; do
                  echo "    <UnitTestResult testName=\"$outcome test\" duration=\"00:00:01\" outcome=\"$outcome\">"
                  if [ $outcome = Failed ]; then
                    printf '      <Output>\n        <ErrorInfo>\n          <Message>  1 &lt; 2\n    was wrong\n</Message>\n        </ErrorInfo>\n      </Output>\n'
                  fi
                  echo "    </UnitTestResult>"
                done > "artifacts/test-results/$(basename "$2").trx" ;;
              *kernel-gateway.dll) eval "$SERVER" ;;
            esac
            """);
        Stub("id", "echo \"$USER_ID\"");
        Stub("dpkg-query", "[ \"$INSTALLED\" = true ] && echo 'install ok installed'");
        // Runs the given command, as the real sudo does when no password is needed.
        Stub("sudo", "[ \"$SUDO\" = true ] || exit 1; shift; \"$@\"");
        Stub("npm", "echo 'npm: the registry cannot be reached' >&2; exit \"$NPM\"");
        Stub("node", "echo v22.0.0");
        Stub("javac", "");
        foreach (var program in new[] { "apt-get", "python3" }) Stub(program, "");
        Set("OUTCOMES", "Passed").Set("USER_ID", "0").Set("INSTALLED", "true").Set("SUDO", "true").Set("NPM", "0").Set("SERVER", "");
        Set("WHILE_TESTING", "");
    }

    /// <summary>Gets the programs that were called, each with its arguments on one line.</summary>
    public string[] Calls => File.Exists(PathOf("calls")) ? File.ReadAllLines(PathOf("calls")) : [];

    public string PathOf(string name) => Path.Combine(_root.FullName, name);

    /// <summary>Sets an environment variable of the scripts; null removes it.</summary>
    public ScriptBench Set(string name, string? value)
    {
        if (value is null) _environment.Remove(name);
        else _environment[name] = value;
        return this;
    }

    /// <summary>Writes a stub program that is found before the real one.</summary>
    public void Stub(string program, string script) => WriteScript($"bin/{program}", $"echo \"{program} $*\" >> '{PathOf("calls")}'\n{script}\n");

    /// <summary>Writes a shell script.</summary>
    public void WriteScript(string name, string script)
    {
        Write(name, $"#!/bin/bash\n{script}");
        File.SetUnixFileMode(PathOf(name), Executable);
    }

    public void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), content);
    }

    /// <summary>Runs a script of the copy.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string script, string arguments, CancellationToken cancellationToken) =>
        RunAsync(PathOf(script), arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), cancellationToken);

    /// <summary>Runs commands after <c>scripts/prerequisites.sh</c>.</summary>
    public Task<(int ExitCode, string Output)> RunWithPrerequisitesAsync(string commands, CancellationToken cancellationToken) =>
        RunAsync("/bin/bash", ["-euo", "pipefail", "-c", $"ROOT='{_root.FullName}'\n. \"$ROOT/scripts/prerequisites.sh\"\n{commands}"], cancellationToken);

    public void Dispose() => _root.Delete(recursive: true);

    private Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        start.Environment.Clear();
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        start.Environment["PATH"] = $"{PathOf("bin")}:/usr/bin:/bin";
        start.Environment["HOME"] = _root.FullName;
        return ProgramRun.RunAsync(start, cancellationToken);
    }
}
