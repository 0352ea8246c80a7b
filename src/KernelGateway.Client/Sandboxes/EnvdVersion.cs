using System.Globalization;

namespace KernelGateway.Client;

/// <summary>The version of the services inside a sandbox, which says what they can do (E2B wire API, B.10).</summary>
internal sealed class EnvdVersion
{
    public static readonly EnvdVersion Oldest = new(0, 1, 0);
    public static readonly EnvdVersion RecursiveWatch = new(0, 1, 4);
    public static readonly EnvdVersion StdinChoice = new(0, 3, 0);
    public static readonly EnvdVersion DefaultUser = new(0, 4, 0);
    public static readonly EnvdVersion CloseStdin = new(0, 5, 2);
    public static readonly EnvdVersion RawUpload = new(0, 5, 7);
    public static readonly EnvdVersion Metadata = new(0, 6, 2);
    public static readonly EnvdVersion WatchEntry = new(0, 6, 3);
    public static readonly EnvdVersion NetworkMounts = new(0, 6, 4);

    private readonly Version _version;

    private EnvdVersion(int major, int minor, int patch) => _version = new Version(major, minor, patch);

    /// <summary>Reads a version; what cannot be read counts as new.</summary>
    public static EnvdVersion Parse(string text)
    {
        var numbers = text.Split('-', '+')[0].Split('.');
        return numbers.Length == 3 && Read(numbers[0]) is { } major && Read(numbers[1]) is { } minor && Read(numbers[2]) is { } patch
            ? new EnvdVersion(major, minor, patch)
            : new EnvdVersion(99, 99, 99);

        static int? Read(string number) => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    public bool Has(EnvdVersion feature) => _version >= feature._version;

    /// <summary>Throws when the services are older than a feature.</summary>
    /// <exception cref="SandboxTemplateException">They are.</exception>
    public void Require(EnvdVersion feature, string name)
    {
        if (Has(feature)) return;
        throw new SandboxTemplateException(
            $"{name} needs version {feature} of the services inside the sandbox; it has {this}. Build its template again to update them.");
    }

    public override string ToString() => _version.ToString();
}
