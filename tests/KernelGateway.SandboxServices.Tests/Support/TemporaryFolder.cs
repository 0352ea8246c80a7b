using System.Diagnostics;
using System.Text;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>A folder for one test, and the file service for the current user with that folder as home directory.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        Root = Directory.CreateTempSubdirectory("sandbox-services-").FullName;
        User = SandboxUser.GetCurrent() with { Home = Root };
        Files = new SandboxFiles(User);
    }

    public string Root { get; }

    public SandboxUser User { get; }

    public SandboxFiles Files { get; }

    public string PathOf(string name) => $"{Root}/{name}";

    /// <summary>Creates a file with its parent directories.</summary>
    public string Create(string name, string content = "")
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string CreateFolder(string name) => Directory.CreateDirectory(PathOf(name)).FullName;

    public string Link(string name, string target)
    {
        File.CreateSymbolicLink(PathOf(name), target);
        return PathOf(name);
    }

    /// <summary>Runs a shell script in the folder, for operations that .NET does not have.</summary>
    public void Run(string script)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-ec", script]) { WorkingDirectory = Root, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"'{script}' failed: {error}");
    }

    /// <summary>
    /// Gets the file service for the user nobody, who can enter the folder. Ignores the test when this process is not root.
    /// </summary>
    public SandboxFiles FilesOfNobody(FileRights rights = FileRights.User)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can act as a second user.");
        if (SandboxUser.Find("nobody") is not { } nobody) throw new InvalidOperationException("There is no user 'nobody'.");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Root, (UnixFileMode)0x1ED);
        return new SandboxFiles(nobody with { Home = Root }, new SandboxFilesOptions { Rights = rights });
    }

    public static MemoryStream Content(string text) => new(Encoding.UTF8.GetBytes(text));

    public static async Task<string> ReadAsync(FileContent content, long offset = 0, long? count = null)
    {
        using var reader = new StreamReader(content.OpenStream(offset, count));
        return await reader.ReadToEndAsync();
    }

    /// <summary>Returns the reason for which an operation fails, or null.</summary>
    public static async Task<FileErrorReason?> ReasonOf(Func<Task> operation)
    {
        try
        {
            await operation();
            return null;
        }
        catch (SandboxFileException exception)
        {
            return exception.Reason;
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
