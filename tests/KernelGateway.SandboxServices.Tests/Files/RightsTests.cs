using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Users;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

/// <summary>Files with the rights of another user, and links that are exchanged during an operation. Needs root.</summary>
public sealed class RightsTests : IDisposable
{
    private const int Rounds = 2_000;

    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task User_reads_and_writes_what_the_user_may()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("mkdir mine; chown nobody mine; echo public > public; chmod 644 public");

        var entry = await files.WriteAsync("mine/new/file", TemporaryFolder.Content("x"));

        entry.Should().BeEquivalentTo(new { Owner = "nobody", Permissions = "-rw-r--r--" });
        (await files.GetEntryAsync("mine/new")).Should().BeEquivalentTo(new { Owner = "nobody", Permissions = "drwxr-xr-x" });
        await using (var content =
            await files.OpenReadAsync("public")) (await TemporaryFolder.ReadAsync(content)).Should().Be("public\n");
        await files.RemoveAsync("mine/new");
    }

    [Test]
    public async Task User_is_denied_what_the_user_may_not()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("mkdir secret; echo key > secret/key; chmod 700 secret; ln -s secret/key link");
        _folder.Run("echo x > private; chmod 600 private");

        Func<Task>[] operations =
        [
            () => files.OpenReadAsync("private"), () => files.OpenReadAsync("secret/key"), () => files.OpenReadAsync("link"),
            () => files.ListAsync("secret"), () => files.GetEntryAsync("secret/key"), () => files.ExistsAsync("secret/key"),
            () => files.WriteAsync("private", Stream.Null), () => files.WriteAsync("new", Stream.Null),
            () => files.WriteAsync("private", Stream.Null, new FileWriteOptions { IsAtomic = true }),
            () => files.MakeDirectoryAsync("new"), () => files.MoveAsync("private", "moved"), () => files.RemoveAsync("private"),
            () => files.RemoveAsync("secret"), () => files.ComposeAsync(["private"], "new"),
        ];

        foreach (var operation in operations)
            (await TemporaryFolder.ReasonOf(operation)).Should().Be(FileErrorReason.PermissionDenied);
        (await _folder.Files.ListAsync("", 2)).Select(entry => entry.Name).Should().Equal("link", "private", "secret", "key");
    }

    [Test]
    public async Task Groups_of_the_user_count_and_those_of_the_service_do_not()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("echo x > grouped; chgrp 54321 grouped; echo x > roots; chgrp 0 roots; chmod 640 grouped roots");
        var member = new SandboxFiles(files.User with { Groups = [54321] });

        await using (await member.OpenReadAsync("grouped")) (await TemporaryFolder.ReasonOf(() =>
            files.OpenReadAsync("grouped"))).Should().NotBeNull();
        (await TemporaryFolder.ReasonOf(() => member.OpenReadAsync("roots"))).Should().Be(FileErrorReason.PermissionDenied);
    }

    [Test]
    public async Task Writable_file_of_another_user_is_written_and_keeps_its_owner()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("echo long content > shared; chmod 666 shared");

        var entry = await files.WriteAsync("shared", TemporaryFolder.Content("x"));

        entry.Should().BeEquivalentTo(new { Owner = "root", Size = 1L });
    }

    [Test]
    public async Task Threads_have_the_rights_of_the_service_again_afterwards()
    {
        var files = _folder.FilesOfNobody();
        var identity = files.Identity;

        var during = await identity.RunAsync(() =>
            (Groups: ThreadIdentity.GetGroups(), CanRead: CanReadShadow()), CancellationToken.None);
        var after = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            Task.Run(() => (Groups: ThreadIdentity.GetGroups(), CanRead: CanReadShadow()))));

        during.CanRead.Should().BeFalse();
        during.Groups.Should().BeEquivalentTo(files.User.Groups);
        after.Select(state => $"{state.CanRead} {string.Join(',', state.Groups)}").Distinct()
            .Should().Equal($"True {string.Join(',', ThreadIdentity.GetGroups())}");
    }

    [Test]
    public void Service_that_cannot_act_for_a_user_says_so()
    {
        var create = () => FileIdentity.Create(SandboxUser.Find("root")!, FileRights.User, serviceUserId: 65534);

        create.Should().Throw<SandboxFileException>().Which.Reason.Should().Be(FileErrorReason.PermissionDenied);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Upload_of_a_user_never_reaches_what_a_swapped_link_leads_to(CancellationToken token)
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("mkdir secret; echo key > secret/file; chmod 700 secret");
        _folder.Run("mkdir home home/real; chown -R nobody home; ln -s ../secret home/evil");

        await using (SwappedNames.Start(_folder.PathOf("home/real"), _folder.PathOf("home/evil")))
        {
            for (var round = 0; round < Rounds; round++)
            {
                token.ThrowIfCancellationRequested();
                await TemporaryFolder.ReasonOf(() =>
                    files.WriteAsync("home/real/file", TemporaryFolder.Content("attack"), cancellationToken: token));
            }
        }

        File.ReadAllText(_folder.PathOf("secret/file")).Should().Be("key\n");
        (await _folder.Files.GetEntryAsync("secret/file", token)).Owner.Should().Be("root");
        (await _folder.Files.ListAsync("secret", 1, token)).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Removal_never_reaches_what_a_swapped_link_leads_to(CancellationToken token)
    {
        _folder.Run("mkdir victim; touch victim/keep");

        for (var round = 0; round < 60; round++)
        {
            token.ThrowIfCancellationRequested();
            _folder.CreateFolder($"tree{round}/real");
            for (var file = 0; file < 20; file++) File.WriteAllText(_folder.PathOf($"tree{round}/real/{file}"), "");
            File.CreateSymbolicLink(_folder.PathOf($"tree{round}/evil"), "../victim");
            await using (SwappedNames.Start(_folder.PathOf($"tree{round}/real"), _folder.PathOf($"tree{round}/evil")))
                await TemporaryFolder.ReasonOf(() => _folder.Files.RemoveAsync($"tree{round}", token));
        }

        File.Exists(_folder.PathOf("victim/keep")).Should().BeTrue();
    }

    private static bool CanReadShadow()
    {
        using var handle = LibC.OpenAt(null, PathText.Encode("/etc/shadow"), OpenFlags.ReadOnly, 0, out _);
        return handle is not null;
    }

    public void Dispose() => _folder.Dispose();
}
