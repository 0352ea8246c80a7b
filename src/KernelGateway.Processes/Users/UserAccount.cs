using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace KernelGateway.Processes.Users;

/// <summary>A user of this machine, as the system's user database describes it.</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The user id.</param>
/// <param name="GroupId">The id of the primary group.</param>
/// <param name="Home">The home directory.</param>
/// <param name="Shell">The login shell.</param>
internal sealed unsafe partial record UserAccount(string Name, uint UserId, uint GroupId, string Home, string Shell)
{
    private const int OutOfRange = 34;             // ERANGE
    private const int MaxBufferBytes = 1024 * 1024;

    /// <summary>Gets the default working directory of this user's programs: the home, if it exists.</summary>
    public string DefaultDirectory => Directory.Exists(Home) ? Home : "/";

    /// <summary>Finds a user by name or by id; null when there is none. Linux only.</summary>
    /// <param name="nameOrId">The login name, or the user id in decimal digits.</param>
    public static UserAccount? Find(string nameOrId)
    {
        if (nameOrId.Length == 0 || nameOrId.Contains('\0')) return null;
        var byName = Read((entry, buffer, length, result) => FindByName(nameOrId, entry, buffer, length, result));
        if (byName is not null || !uint.TryParse(nameOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return byName;
        return Read((entry, buffer, length, result) => FindById(id, entry, buffer, length, result));
    }

    private static UserAccount? Read(Lookup lookup)
    {
        for (var size = 1024; size <= MaxBufferBytes; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                Entry entry;
                Entry* found = null;
                var error = lookup(&entry, start, (nuint)size, &found);
                if (error == OutOfRange) continue;
                if (error != 0 || found is null) return null;
                return new UserAccount(Text(entry.Name), entry.UserId, entry.GroupId, Text(entry.Home), Text(entry.Shell));
            }
        }

        return null;
    }

    private static string Text(byte* text) => text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FindByName(string name, Entry* entry, byte* buffer, nuint length, Entry** result);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int FindById(uint userId, Entry* entry, byte* buffer, nuint length, Entry** result);

    private delegate int Lookup(Entry* entry, byte* buffer, nuint length, Entry** result);

    // struct passwd of glibc and musl.
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public byte* Name;
        public byte* Password;
        public uint UserId;
        public uint GroupId;
        public byte* Comment;
        public byte* Home;
        public byte* Shell;
    }
}
