using System.Globalization;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>User namespaces that were made beforehand, for a sandbox or for a mount that shifts owners.</summary>
internal static class UserNamespace
{
    /// <summary>Creates one.</summary>
    /// <param name="ownerId">The host's user that has all rights in it; zero for the superuser.</param>
    /// <param name="map">Lines of: first id inside, first id of the host, count. It is used for users and groups.</param>
    /// <exception cref="IOException">The system refuses it.</exception>
    internal static SafeFileHandle Create(uint ownerId, string map)
    {
        // The echo of a byte says that the last program of the chain runs, which is in the namespace.
        var id = ownerId.ToString(CultureInfo.InvariantCulture);
        string[] holder = ownerId == 0
            ? ["--user", "cat"]
            : ["--reuid", id, "--regid", id, "--clear-groups", "--inh-caps=-all", "--", "unshare", "--user", "cat"];
        using var process = HostTool.Start(ownerId == 0 ? "unshare" : "setpriv", holder);
        try
        {
            if (!TryWriteByte(process.StandardInput.BaseStream) || process.StandardOutput.BaseStream.ReadByte() < 0)
                throw new IOException($"A user namespace cannot be created: {process.StandardError.ReadToEnd().Trim()}");
            var directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}");
            File.WriteAllText($"{directory}/uid_map", map);
            File.WriteAllText($"{directory}/gid_map", map);
            return LibC.OpenPipeEnd($"{directory}/ns/user", forReadingOnly: true)
                ?? throw new IOException("The user namespace cannot be opened.");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The ids of a user namespace cannot be set: {exception.Message}", exception);
        }
        finally
        {
            try
            {
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended.
            }

            process.WaitForExit();
        }
    }

    // The program can have ended already. Its message says why.
    private static bool TryWriteByte(Stream input)
    {
        try
        {
            input.WriteByte((byte)'n');
            input.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
