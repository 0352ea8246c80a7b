using KernelGateway.SandboxServices.Native;
using KernelGateway.SandboxServices.Users;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>With whose rights the system's file calls of one user are made, and to whom new files belong.</summary>
internal abstract class FileIdentity(SandboxUser user)
{
    internal SandboxUser User { get; } = user;

    /// <summary>Chooses the implementation.</summary>
    /// <exception cref="SandboxFileException">The service cannot act for this user.</exception>
    internal static FileIdentity Create(SandboxUser user, FileRights rights) => Create(user, rights, ThreadIdentity.EffectiveUserId);

    /// <summary>Chooses the implementation for a service that runs as a user.</summary>
    /// <exception cref="SandboxFileException">The service cannot act for this user.</exception>
    internal static FileIdentity Create(SandboxUser user, FileRights rights, uint serviceUserId)
    {
        var isSelf = user.UserId == serviceUserId;
        if (serviceUserId != 0 && !isSelf)
        {
            throw new SandboxFileException(
                FileErrorReason.PermissionDenied,
                "",
                $"The service does not run as root, so it cannot use files as user '{user.Name}'.");
        }

        if (rights == FileRights.Service || isSelf) return new ServiceIdentity(user);
        if (!LibC.ResolvesSafely)
        {
            throw new SandboxFileException(
                FileErrorReason.Other,
                "",
                "Files can be used with the rights of another user only where the system has openat2 (Linux 5.6).");
        }

        return new UserIdentity(user);
    }

    /// <summary>Performs an operation that waits for nothing but files, on the calling thread.</summary>
    internal abstract T Run<T>(Func<T> operation);

    /// <summary>Performs an operation on a thread of the pool.</summary>
    internal Task<T> RunAsync<T>(Func<T> operation, CancellationToken cancellationToken) =>
        Task.Run(() => Run(operation), cancellationToken);

    /// <summary>
    /// Gives a file to the user, also where it belongs to the user already: watchers see one "chmod" for each upload.
    /// </summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its path, for the message.</param>
    /// <param name="isNew">Whether it was created just now. The owner of another one stays where it may not be changed.</param>
    /// <exception cref="SandboxFileException">The owner of a new file may not be changed.</exception>
    internal void Give(SafeFileHandle file, string path, bool isNew)
    {
        var error = LibC.ChangeOwner(file, User.UserId, User.GroupId);
        if (error != 0 && isNew) throw SandboxFileException.Create(error, path);
    }

    /// <summary>The service's own rights.</summary>
    private sealed class ServiceIdentity(SandboxUser user) : FileIdentity(user)
    {
        internal override T Run<T>(Func<T> operation) => operation();
    }

    /// <summary>The rights of another user, which the calling thread has during the operation.</summary>
    /// <remarks>
    /// Linux keeps these ids for each thread. The thread gives up the capabilities of root over files with the user id, and gets
    /// them back with it. A thread that the runtime creates during an operation would inherit the ids; it creates only its
    /// compiler's there, which opens no files.
    /// </remarks>
    private sealed class UserIdentity(SandboxUser user) : FileIdentity(user)
    {
        // Read here, where the calling thread has the service's rights. A static field could be initialised while it has the
        // user's.
        private readonly uint[] _serviceGroups = ThreadIdentity.GetGroups();
        private readonly uint[] _groups = [.. user.Groups];

        internal override T Run<T>(Func<T> operation)
        {
            Enter();
            try
            {
                return operation();
            }
            finally
            {
                Leave();
            }
        }

        private void Enter()
        {
            var hasGroups = ThreadIdentity.TrySetGroups(_groups);
            if (hasGroups && ThreadIdentity.TrySetIds(User.UserId, User.GroupId)) return;
            // A service that may not set groups still has its own.
            if (hasGroups) Leave();
            throw new SandboxFileException(
                FileErrorReason.PermissionDenied, "", $"The service may not take the rights of user '{User.Name}'.");
        }

        private void Leave()
        {
            if (ThreadIdentity.TrySetIds(ThreadIdentity.EffectiveUserId, ThreadIdentity.EffectiveGroupId)
                && ThreadIdentity.TrySetGroups(_serviceGroups)) return;
            // The thread goes back to the pool, where work of other users would have the rights of this one.
            Environment.FailFast("A thread cannot take back the rights of the service.");
        }
    }
}
