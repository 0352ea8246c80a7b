namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A file of tokens that only its owner can read.</summary>
internal sealed class TokenFileFixture : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    public TokenFileFixture(params string[] lines) => Write(lines);

    public string Path => System.IO.Path.Combine(_directory, "tokens");

    public void Write(params string[] lines)
    {
        File.WriteAllLines(Path, lines);
        SetMode(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void SetMode(UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, mode);
    }

    public void Delete() => File.Delete(Path);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
