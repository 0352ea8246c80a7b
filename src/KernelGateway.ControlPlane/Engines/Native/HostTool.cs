using System.ComponentModel;
using System.Diagnostics;
using KernelGateway.Processes;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>Programs of the host that an engine runs to their end. They inherit the mounts of the calling thread.</summary>
internal static class HostTool
{
    internal const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    // Files of an ordinary user's sandboxes are his, but programs inside can take their rights away. Root of a user namespace
    // with his id alone has all rights to them.
    private static readonly Lazy<string[]> FileRights = new(FindFileRights);

    /// <summary>Finds a program of the host; null when it is not installed.</summary>
    internal static string? Find(string name) =>
        ProgramLocator.Find(name, SystemPath, "/", out var isExecutable) is { } path && isExecutable ? path : null;

    /// <summary>Starts a program whose input and output the caller has.</summary>
    /// <exception cref="IOException">It is not installed, or the system refuses.</exception>
    internal static Process Start(string name, IEnumerable<string> arguments)
    {
        var path = Find(name) ?? throw new IOException($"The program '{name}' is not installed.");
        var start = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = SystemPath;
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new IOException($"'{path}' cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Runs a program and waits for its end on the calling thread.</summary>
    /// <returns>What it has written to its standard output.</returns>
    /// <exception cref="IOException">It is not installed, or it has failed.</exception>
    internal static string Run(string name, params string[] arguments) => RunWithInput(name, "", arguments);

    /// <summary>Copies a file or a tree with everything that belongs to it, sharing blocks where the file system can.</summary>
    /// <exception cref="IOException">It cannot be copied.</exception>
    internal static void CopyTree(string source, string target) => RunOnFiles("cp", "-a", "--reflink=auto", "--", source, target);

    /// <summary>
    /// Copies a directory that becomes the root of sandboxes. Devices, pipes, sockets, set-user-id bits and extended attributes are left
    /// out: they have no effect in a sandbox, but the bits would have one for the users of the host.
    /// </summary>
    /// <exception cref="IOException">It cannot be copied.</exception>
    internal static void CopyRoot(string source, string target)
    {
        RunOnFiles("cp", "-a", "--no-preserve=xattr", "--reflink=auto", "--", source, target);
        RunOnFiles(
            "find", target, "-xdev",
            "(", "-type", "b", "-o", "-type", "c", "-o", "-type", "p", "-o", "-type", "s", ")", "-delete",
            "-o", "-type", "f", "-perm", "/6000", "-exec", "chmod", "ug-s", "{}", "+");
    }

    /// <summary>Removes a tree, also names that are not UTF-8, which .NET cannot delete. Mounts below it are kept.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    internal static void RemoveTree(string directory) => RunOnFiles("rm", "-rf", "--one-file-system", "--", directory);

    /// <summary>Moves a directory to a new name on the same file system.</summary>
    /// <exception cref="IOException">It cannot be moved.</exception>
    internal static void MoveTree(string source, string target)
    {
        if (Environment.IsPrivilegedProcess) Directory.Move(source, target);
        else RunOnFiles("mv", "-T", "--", source, target);
    }

    private static void RunOnFiles(params string[] command)
    {
        string[] all = [.. FileRights.Value, .. command];
        Run(all[0], all[1..]);
    }

    private static string[] FindFileRights()
    {
        if (Environment.IsPrivilegedProcess) return [];
        string[] rights = ["unshare", "--user", "--map-root-user", "--"];
        try
        {
            Run(rights[0], [.. rights[1..], "true"]);
            return rights;
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Runs a program with a text as its standard input.</summary>
    /// <exception cref="IOException">It is not installed, or it has failed.</exception>
    internal static string RunWithInput(string name, string input, params string[] arguments)
    {
        // One pipe for both outputs: reading two takes a second thread, which would get the mounts of this one.
        var path = Find(name) ?? throw new IOException($"The program '{name}' is not installed.");
        using var process = Start("sh", ["-c", "exec \"$@\" 2>&1", "sh", path, .. arguments]);
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading. Its exit code says more.
        }

        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return output;
        throw new IOException($"'{name} {string.Join(' ', arguments)}' has failed: {output.Trim()}");
    }
}
